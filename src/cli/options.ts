import { InvalidArgumentError, Option } from 'commander';
import { properName } from '../text.ts';

/** Parses a company code. A wrong one is refused here, so that no message recommends a command with it. */
export function companyCode(code: string): string {
  if (/^[A-Z]{4}$/.test(code)) return code;
  const upper = /^[A-Za-z]{4}$/.test(code) ? code.toUpperCase() : 'RUKR';
  throw new InvalidArgumentError(`It must be four letters A-Z, e.g. ${upper}.`);
}

/** Makes the mandatory option `--company`. */
export function companyOption(): Option {
  return new Option('--company <code>', 'the company, four letters A-Z').makeOptionMandatory().argParser(companyCode);
}

/** Makes the mandatory option `--name`, which the use case checks. */
export function nameOption(): Option {
  return new Option('--name <name>', 'its name').makeOptionMandatory();
}

/** Makes the mandatory option `--name` for names that no use case checks. */
export function properNameOption(): Option {
  return nameOption().argParser((name) => {
    const proper = properName(name, 'name', 200);
    if (typeof proper !== 'string')
      throw new InvalidArgumentError('It must have 1 to 200 characters and no control characters.');
    return proper;
  });
}

/** Makes the option `--limit` of a list. */
export function limitOption(): Option {
  return new Option('--limit <number>', 'at most so many').default(100).argParser((limit) => {
    if (!/^[1-9]\d{0,5}$/.test(limit)) throw new InvalidArgumentError('It must be a number from 1 to 999999.');
    return Number(limit);
  });
}

/** Makes the option `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON value and nothing else');
}

/** Makes the option `--dry-run`. */
export function dryRunOption(): Option {
  return new Option('--dry-run', 'make every check, write nothing');
}
