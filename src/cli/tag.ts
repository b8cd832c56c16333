import type { Commands } from './command.ts';
import { directoryAnswer } from './directory-answer.ts';
import { companyOption, limitOption, nameOption } from './options.ts';
import { limited } from './table.ts';

/** Adds `gateway tag …`. */
export function addTag({ group, change, query }: Commands): void {
  const tag = group('tag', 'Tags of a company');
  change(
    tag,
    'create',
    'create a tag',
    [companyOption(), nameOption()],
    async ({ company, name }, { directory, findCompany }) =>
      directoryAnswer(
        await directory.createTag(await findCompany(company), { name }),
        (serial) => `Tag ${serial} was created.`,
      ),
  );
  query(
    tag,
    'list',
    'list tags in the order of creation',
    [companyOption(), limitOption()],
    async ({ company, limit }, { store, findCompany }) => {
      const { id } = await findCompany(company);
      const rows = await store.directory.listTags(id, null, limit, { after: null, limit: limit + 1 });
      const tags = rows.map(({ item }) => item);
      return [tags.slice(0, limit), limited(tags, limit)];
    },
  );
}
