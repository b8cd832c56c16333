import { Option } from 'commander';
import type { Commands } from './command.ts';
import { directoryAnswer } from './directory-answer.ts';
import { companyOption, nameOption } from './options.ts';
import { table } from './table.ts';

/** Adds `gateway organization …`. */
export function addOrganization({ group, change, query }: Commands): void {
  const organization = group('organization', 'Units of a company');
  const parentOption = new Option('--parent <serial>', 'the unit above it');
  const inactiveOption = new Option('--inactive', 'takes no new users');
  change(
    organization,
    'create',
    'create an organization',
    [companyOption(), nameOption(), parentOption, inactiveOption],
    async ({ company, name, parent, inactive }, { directory, findCompany }) => {
      const input = { name, parent, isActive: !inactive };
      return directoryAnswer(
        await directory.createOrganization(await findCompany(company), input),
        (serial) => `Organization ${serial} was created.`,
      );
    },
  );
  query(
    organization,
    'list',
    'list organizations in the order of creation',
    [companyOption()],
    async ({ company }, { store, findCompany }) => {
      const organizations = await store.directory.listOrganizations((await findCompany(company)).id);
      return [organizations, table(organizations)];
    },
  );
}
