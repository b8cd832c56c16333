import { requireScope } from '../../../access/scope.ts';
import { problem } from '../../../users/conflicts.ts';
import { errorDictionary } from '../../../errors/error-dictionary.ts';
import type { Problem } from '../../../users/fields.ts';
import type { Tag } from '../../../users/ports.ts';
import { builder } from './builder.ts';
import { afterDescription, connectionOf, defaultFirst, firstDescription, totalCount } from './connection.ts';
import { errorType } from './problem.ts';
import { OrganizationRef, TagRef } from './user.ts';

const TagCreatedRef = builder.objectRef<{ tag: Tag }>('TagCreated').implement({
  description: 'The tag is stored.',
  fields: (t) => ({ tag: t.field({ type: TagRef, resolve: ({ tag }) => tag }) }),
});

const CreateTagErrorRef = errorType<{ problems: [Problem] }>('CreateTagError', 'Nothing was created.');

const CreateTagResultRef = builder.unionType('CreateTagResult', {
  description: 'The tag, or why there is none.',
  types: [TagCreatedRef, CreateTagErrorRef],
  resolveType: (outcome) => ('tag' in outcome ? TagCreatedRef : CreateTagErrorRef),
});

builder.mutationField('createTag', (t) =>
  t.field({
    description: 'Creates a tag in the company of the access token. Needs the scope `tags:write`.',
    type: CreateTagResultRef,
    args: {
      name: t.arg.string({
        required: true,
        description: 'At most 100 characters, unique in the company without regard to case.',
      }),
    },
    resolve: async (_, { name }, { caller, directory, exchange }) => {
      const { companyId } = requireScope(await caller(), 'tags:write');
      const outcome = await directory.createTag(await directory.company(companyId), { name });
      if ('serial' in outcome) return { tag: (await directory.findTag(companyId, outcome.serial))! };
      exchange.errorCode ??= errorDictionary[outcome.name].errorCode;
      return { problems: [problem(outcome.name, ['name'])] as [Problem] };
    },
  }),
);

const TagConnectionRef = builder.connectionObject({
  type: TagRef,
  name: 'TagConnection',
  description: 'Tags in the order of creation.',
  fields: (t) => ({ totalCount: t.int({ description: 'How many there are on all pages.', resolve: totalCount }) }),
});

builder.queryField('tags', (t) =>
  t.field({
    description: 'The tags of the company of the access token. Needs the scope `tags:read`.',
    type: TagConnectionRef,
    args: {
      first: t.arg.int({ required: true, defaultValue: defaultFirst, description: firstDescription }),
      after: t.arg.string({ description: afterDescription }),
      name: t.arg.string({ description: 'Contained, in any case; looked for among the newest 10,000 tags.' }),
    },
    resolve: async (_, { name, ...slice }, { caller, directory }) =>
      connectionOf(directory.tags(requireScope(await caller(), 'tags:read').companyId, name), slice),
  }),
);

builder.queryField('organizations', (t) =>
  t.field({
    description:
      'All organizations of the company of the access token, in the order of creation; `parentSerial` makes them a tree. Needs the scope `organizations:read`.',
    type: [OrganizationRef],
    resolve: async (_, __, { caller, directory }) =>
      directory.organizations(requireScope(await caller(), 'organizations:read').companyId),
  }),
);
