import type { User } from '../users/ports.ts';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';
import { companyOption, limitOption } from './options.ts';
import { details, limited } from './table.ts';

/** Adds `gateway user …`. */
export function addUser({ group, query, change }: Commands): void {
  const user = group('user', 'Users of a company');
  query(
    user,
    'list',
    'list users in the order of creation',
    [companyOption(), limitOption()],
    async ({ company, limit }, { store, findCompany }) => {
      const { id } = await findCompany(company);
      const rows = await store.users.list(id, {}, limit, { after: null, limit: limit + 1 });
      const users = rows.map(({ item }) => item);
      return [users.slice(0, limit), limited(users.map(flat), limit)];
    },
  );
  query(user, 'show <serial>', 'show one user', [], async ({ serial }, { store, findUser }) => {
    const { company, user } = await findUser(serial);
    const passwordMail = (await store.users.passwordMails(company.id, [serial])).get(serial) ?? 'NONE';
    const rest = { company: company.code, passwordMail };
    return [{ ...user, ...rest }, details({ ...flat(user), ...rest })];
  });
  change(
    user,
    'erase <serial>',
    'erase a user and every personal value of it, for good',
    [],
    async ({ serial }, { store, findUser }) => {
      const { company } = await findUser(serial);
      const erased = await store.users.erase(company.id, { serial }, new Date());
      if (erased === null) throw new CommandError(`there is no user ${serial}`);
      return [{ serial, erased: true }, `User ${serial} is erased. Backups made before still hold it.`];
    },
  );
}

/** A user as one row of texts. */
function flat({ serial, tags, organization, ...values }: User) {
  return {
    serial,
    ...values,
    tagSerials: tags.map((tag) => tag.serial).join(' '),
    organizationSerial: organization?.serial ?? null,
  };
}
