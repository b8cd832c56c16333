import { InvalidArgumentError, Option } from 'commander';
import { properName } from '../text.ts';

export const companyOption = new Option('--company <code>', 'the company, four letters A-Z').makeOptionMandatory();
export const nameOption = new Option('--name <name>', 'its name').makeOptionMandatory();
export const properNameOption = new Option('--name <name>', 'its name').makeOptionMandatory().argParser((name) => {
  const proper = properName(name, 'name', 200);
  if (typeof proper !== 'string')
    throw new InvalidArgumentError('It must have 1 to 200 characters and no control characters.');
  return proper;
});
