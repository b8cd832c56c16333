import type { Commands } from './command.ts';
import { directoryAnswer } from './directory-answer.ts';
import { companyOption, nameOption } from './options.ts';

/** Adds `gateway tag …`. */
export function addTag({ group, change }: Commands): void {
  const tag = group('tag', 'Tags of a company');
  change(
    tag,
    'create',
    'create a tag',
    [companyOption(), nameOption()],
    async ({ company, name }, { directory, findCompany }) =>
      directoryAnswer(await directory.createTag(await findCompany(company), { name }), 'Tag'),
  );
}
