import { InvalidArgumentError, Option } from 'commander';
import { isHttpUrl } from '../gateway/addresses.ts';
import { readMailAddress } from '../mail/mail-address.ts';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';
import { companyCode, properNameOption } from './options.ts';
import { table } from './table.ts';

/** Adds `gateway company …`. */
export function addCompany({ group, action, change, query }: Commands): void {
  const company = group('company', 'Companies');
  action(
    company,
    'create',
    'create a company',
    [codeOption(), properNameOption(), ...mailOptions()],
    async ({ code, name, mailLocale, signInUrl, replyTo }, { access }) => {
      const own = { mailLocale, signInUrl: signInUrl || null, replyTo: replyTo || null };
      if (!(await access.createCompany({ code, name, ...own })))
        throw new CommandError(`company ${code} already exists`);
      return [{ code }, `Company ${code} was created.`];
    },
  );
  change(
    company,
    'update',
    'change what is given; an empty --sign-in-url or --reply-to takes that of the installation again',
    [codeOption(), properNameOption().makeOptionMandatory(false), ...mailOptions()],
    async ({ code, name, mailLocale, signInUrl, replyTo }, { access, findCompany }) => {
      const given = Object.entries({ name, mailLocale, signInUrl, replyTo }).filter(([, value]) => value !== undefined);
      if (given.length === 0)
        throw new CommandError('give what to change: --name, --mail-locale, --sign-in-url or --reply-to', 2);
      const change = Object.fromEntries(given.map(([key, value]) => [key, value || null]));
      await access.updateCompany(await findCompany(code), change);
      return [{ code }, `Company ${code} was changed.`];
    },
  );
  query(company, 'list', 'list companies by their codes', [], async (_, { access }) => {
    const companies = (await access.listCompanies()).map(({ id: _id, ...shown }) => shown);
    return [companies, table(companies)];
  });
}

function codeOption(): Option {
  return new Option('--code <code>', 'four letters A-Z, unique').makeOptionMandatory().argParser(companyCode);
}

/** What the mails of a company say; without it the variables of the installation hold. */
function mailOptions(): Option[] {
  return [
    new Option('--mail-locale <locale>', 'language of its mails; without it MAIL_LOCALE').choices(['id', 'en']),
    new Option('--sign-in-url <address>', 'where its employees sign in; without it SIGN_IN_URL').argParser(
      (address) => {
        if (address !== '' && !isHttpUrl(address))
          throw new InvalidArgumentError('It must be an address of http or https, e.g. https://app.example.com/login.');
        return address;
      },
    ),
    new Option('--reply-to <address>', 'whom its employees ask; without it MAIL_REPLY_TO').argParser((address) => {
      if (address !== '' && !readMailAddress(address))
        throw new InvalidArgumentError('It must be a mail address with or without a name, e.g. HR <hr@example.com>.');
      return address.trim();
    }),
  ];
}
