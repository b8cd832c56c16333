import { Option } from 'commander';
import type { DirectoryOutcome } from '../users/directory.ts';
import type { Answer, Commands } from './command.ts';
import { Failure, said } from './failure.ts';
import { companyOption, nameOption } from './options.ts';

/** `gateway organization …` and `gateway tag …` */
export function addStructure({ group, action }: Commands): void {
  const organization = group('organization', 'Units of a company');
  const parentOption = new Option('--parent <serial>', 'the unit above it');
  const inactiveOption = new Option('--inactive', 'takes no new users');
  action(
    organization,
    'create',
    'make an organization',
    [companyOption, nameOption, parentOption, inactiveOption],
    async ({ company, name, parent, inactive }, context) =>
      serialOf(
        await context.directory.createOrganization(await context.company(company), {
          name,
          parent,
          isActive: !inactive,
        }),
        'Organization',
      ),
  );

  const tag = group('tag', 'Tags of a company');
  action(tag, 'create', 'make a tag', [companyOption, nameOption], async ({ company, name }, context) =>
    serialOf(await context.directory.createTag(await context.company(company), { name }), 'Tag'),
  );
}

function serialOf(outcome: DirectoryOutcome, what: string): Answer {
  if ('serial' in outcome) return [outcome, `${what} ${outcome.serial} is made.`];
  throw new Failure(said(outcome.name, outcome.detail));
}
