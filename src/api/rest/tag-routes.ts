import { z } from 'zod';
import { errorDictionary } from '../../errors/error-dictionary.ts';
import { tagBatchLimit } from '../../users/directory.ts';
import type { Tag } from '../../users/ports.ts';
import { InputRefusal } from '../http/error-response.ts';
import { bulkAnswer, bulkEnvelope, envelope, success } from './envelopes.ts';
import { asObject, itemsOf } from './json-body.ts';
import { listOf, pageDetails, pageOf, pageParameters } from './list-page.ts';
import { type Route, route } from './route.ts';

/** Describes a tag. */
export const tagSchema = z.object({ serial: z.string(), name: z.string() }).meta({ id: 'Tag' });
/** A tag for the examples. */
export const tagExample = { serial: 'RUKRTAG-9WHL0JGP', name: 'Demo' };

const tagInput = z.object({
  name: z.string().meta({ description: 'At most 100 characters, unique in the company without regard to case.' }),
});

const createTag = route({
  method: 'POST',
  path: '/ruangkerja/tags',
  group: 'Tags',
  scope: 'tags:write',
  summary: 'Create a tag',
  body: { schema: tagInput, example: { name: 'Staff' } },
  answer: envelope(z.object({ serial: z.string() })),
  example: success({ serial: 'RUKRTAG-Q7KXEPJO' }),
  refuses: ['TAG_NAME_INVALID', 'TAG_NAME_EXISTS'],
  async handle(c, { directory }) {
    const { name } = asObject(c.get('body')) as { name?: unknown };
    const outcome = (await directory.createTags(c.get('caller'), [name]))[0]!;
    if (outcome.kind === 'refused') throw new InputRefusal([{ ...outcome, path: ['name'] }]);
    return success({ serial: outcome.serial });
  },
});

const createTagBulk = route({
  method: 'POST',
  path: '/ruangkerja/tags/create-bulk',
  group: 'Tags',
  scope: 'tags:write',
  summary: `Create up to ${tagBatchLimit} tags`,
  description: 'A bad item never stops the others; of two with one name the first wins.',
  body: {
    schema: z.object({ items: z.array(tagInput) }),
    example: { items: [{ name: 'Staff' }, { name: 'Night shift' }] },
  },
  answer: bulkEnvelope(z.unknown().meta({ description: 'The item as it came.' })),
  example: bulkAnswer([
    {
      payload: { name: 'Staff' },
      outcome: { kind: 'refused', name: 'TAG_NAME_EXISTS', detail: errorDictionary.TAG_NAME_EXISTS.detail },
    },
    { payload: { name: 'Night shift' }, outcome: { kind: 'created', serial: 'RUKRTAG-Q7KXEPJO' } },
  ]),
  refuses: ['BAD_REQUEST'],
  async handle(c, { directory }) {
    const items = itemsOf(c.get('body'), 'tags', tagBatchLimit);
    const names = items.map((item) => (item as { name?: unknown } | null)?.name);
    const outcomes = await directory.createTags(c.get('caller'), names);
    return bulkAnswer(outcomes.map((outcome, index) => ({ payload: items[index], outcome })));
  },
});

const listTags = route({
  method: 'GET',
  path: '/ruangkerja/tags',
  group: 'Tags',
  scope: 'tags:read',
  summary: 'List tags',
  description: 'In the order of creation.',
  parameters: [
    ...pageParameters,
    {
      in: 'query',
      name: 'name',
      description: 'Contained, in any case; looked for among the newest 10,000 tags.',
      schema: z.string(),
    },
  ],
  answer: envelope(listOf(tagSchema)),
  example: success({ currentPage: 1, totalItems: 1, totalPage: 1, items: [tagExample] }),
  refuses: ['BAD_REQUEST'],
  details: pageDetails,
  handle: async (c, { directory }) =>
    success(await pageOf(c, directory.tags(c.get('caller'), c.req.query('name')), shapeOf)),
});

const getTag = route({
  method: 'GET',
  path: '/ruangkerja/tags/{tagSerial}',
  group: 'Tags',
  scope: 'tags:read',
  summary: 'One tag',
  pathParameters: { tagSerial: { description: 'As it was answered.', example: tagExample.serial } },
  answer: envelope(tagSchema),
  example: success(tagExample),
  notFound: 'TAG_NOT_FOUND',
  async handle(c, { directory }) {
    const tag = await directory.readTag(c.get('caller'), c.req.param('tagSerial') ?? '');
    return tag && success(shapeOf(tag));
  },
});

const updateTag = route({
  method: 'PUT',
  path: '/ruangkerja/tags/{tagSerial}',
  group: 'Tags',
  scope: 'tags:write',
  summary: 'Rename a tag',
  pathParameters: { tagSerial: { description: 'As it was answered.', example: tagExample.serial } },
  body: { schema: tagInput, example: { name: 'Staff' } },
  answer: envelope(z.object({ serial: z.string() })),
  example: success({ serial: tagExample.serial }),
  refuses: ['TAG_NAME_INVALID', 'TAG_NAME_EXISTS'],
  notFound: 'TAG_NOT_FOUND',
  async handle(c, { directory }) {
    const { name } = asObject(c.get('body')) as { name?: unknown };
    const serial = c.req.param('tagSerial') ?? '';
    const outcome = (await directory.renameTags(c.get('caller'), [{ serial, name }]))[0]!;
    if (outcome.kind === 'created') return success({ serial: outcome.serial });
    if (outcome.name === 'TAG_NOT_FOUND') return null;
    throw new InputRefusal([{ ...outcome, path: ['name'] }]);
  },
});

const renaming = { serial: tagExample.serial, name: 'Staff' };

const updateTagBulk = route({
  method: 'POST',
  path: '/ruangkerja/tags/update-bulk',
  group: 'Tags',
  scope: 'tags:write',
  summary: `Rename up to ${tagBatchLimit} tags`,
  description: 'One after the other: a bad item never stops the others.',
  body: {
    schema: z.object({ items: z.array(tagInput.extend({ serial: z.string() })) }),
    example: { items: [renaming] },
  },
  answer: bulkEnvelope(z.unknown().meta({ description: 'The item as it came.' })),
  example: bulkAnswer([{ payload: renaming, outcome: { kind: 'created', serial: tagExample.serial } }]),
  refuses: ['BAD_REQUEST'],
  async handle(c, { directory }) {
    const items = itemsOf(c.get('body'), 'tags', tagBatchLimit);
    const renamings = items.map((item) => {
      const { serial, name } = (item ?? {}) as { serial?: unknown; name?: unknown };
      return { serial, name };
    });
    const outcomes = await directory.renameTags(c.get('caller'), renamings);
    return bulkAnswer(outcomes.map((outcome, index) => ({ payload: items[index], outcome })));
  },
});

const deleteTagBulk = route({
  method: 'POST',
  path: '/ruangkerja/tags/delete-bulk',
  group: 'Tags',
  scope: 'tags:write',
  summary: `Delete up to ${tagBatchLimit} tags`,
  description: 'Users who have such a tag lose it. A serial without a tag is answered as failed.',
  body: { schema: z.object({ serials: z.array(z.string()) }), example: { serials: [tagExample.serial] } },
  answer: z.object({
    data: z.object({ failed: z.array(z.string()), success: z.array(z.string()) }),
    status: z.literal('success'),
    message: z.literal('success'),
  }),
  example: deletionAnswer([tagExample.serial], [true]),
  refuses: ['BAD_REQUEST'],
  async handle(c, { directory }) {
    const serials = itemsOf(c.get('body'), 'tags', tagBatchLimit, 'serials');
    return deletionAnswer(serials, await directory.deleteTags(c.get('caller'), serials));
  },
});

function deletionAnswer(serials: readonly unknown[], wasThere: readonly boolean[]) {
  const those = (there: boolean) => serials.filter((_, at) => wasThere[at] === there) as string[];
  return { data: { failed: those(false), success: those(true) }, status: 'success', message: 'success' } as const;
}

/** The routes of tags. */
export const tagRoutes: readonly Route[] = [
  createTag,
  listTags,
  createTagBulk,
  updateTagBulk,
  deleteTagBulk,
  getTag,
  updateTag,
];

function shapeOf({ serial, name }: Tag): z.output<typeof tagSchema> {
  return { serial, name };
}
