import { Option } from 'commander';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';
import { companyCode, properNameOption } from './options.ts';

/** Adds `gateway company …`. */
export function addCompany({ group, action }: Commands): void {
  const company = group('company', 'Companies');
  const codeOption = new Option('--code <code>', 'four letters A-Z, unique')
    .makeOptionMandatory()
    .argParser(companyCode);
  const localeOption = new Option('--mail-locale <locale>', 'language of its mails; without it MAIL_LOCALE').choices([
    'id',
    'en',
  ]);
  action(
    company,
    'create',
    'create a company',
    [codeOption, properNameOption(), localeOption],
    async ({ code, name, mailLocale }, { access }) => {
      if (!(await access.createCompany({ code, name, mailLocale })))
        throw new CommandError(`company ${code} already exists`);
      return [{ code }, `Company ${code} was created.`];
    },
  );
}
