import { InvalidArgumentError, Option } from 'commander';
import { properName } from '../text.ts';

/** A company code as it is stored. Refused here, so that no message advises a command that the code makes invalid. */
export function companyCode(code: string): string {
  if (/^[A-Z]{4}$/.test(code)) return code;
  const upper = /^[A-Za-z]{4}$/.test(code) ? code.toUpperCase() : 'RUKR';
  throw new InvalidArgumentError(`It must be four letters A-Z, e.g. ${upper}.`);
}

export const companyOption = new Option('--company <code>', 'the company, four letters A-Z')
  .makeOptionMandatory()
  .argParser(companyCode);
export const nameOption = new Option('--name <name>', 'its name').makeOptionMandatory();
export const properNameOption = new Option('--name <name>', 'its name').makeOptionMandatory().argParser((name) => {
  const proper = properName(name, 'name', 200);
  if (typeof proper !== 'string')
    throw new InvalidArgumentError('It must have 1 to 200 characters and no control characters.');
  return proper;
});
