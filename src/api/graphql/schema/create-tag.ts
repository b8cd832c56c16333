import { requireScope } from '../../../access/scope.ts';
import { errorDictionary } from '../../../errors/error-dictionary.ts';
import { problem } from '../../../users/conflicts.ts';
import type { Problem } from '../../../users/fields.ts';
import type { Tag } from '../../../users/ports.ts';
import { builder } from './builder.ts';
import type { Rows } from './extensions.ts';
import { errorType } from './problem.ts';
import { TagRef } from './tag.ts';

type CreateTagOutcome = { kind: 'created'; tag: Tag } | { kind: 'refused'; problems: [Problem] };
type Created = Extract<CreateTagOutcome, { kind: 'created' }>;
type Refused = Extract<CreateTagOutcome, { kind: 'refused' }>;

const TagCreatedRef = builder.objectRef<Created>('TagCreated').implement({
  description: 'The tag is stored.',
  fields: (t) => ({ tag: t.field({ type: TagRef, resolve: ({ tag }) => tag }) }),
});

const CreateTagErrorRef = errorType<Refused>('CreateTagError', 'Nothing was created.');

const CreateTagResultRef = builder.unionType('CreateTagResult', {
  description: 'The tag, or why there is none.',
  types: [TagCreatedRef, CreateTagErrorRef],
  resolveType: ({ kind }) => (kind === 'created' ? TagCreatedRef : CreateTagErrorRef),
});

builder.mutationField('createTag', (t) =>
  t.field({
    description: 'Creates a tag in the company of the access token. Needs the scope `tags:write`.',
    type: CreateTagResultRef,
    args: {
      name: t.arg.string({
        required: true,
        extensions: { missing: 'TAG_NAME_INVALID', wrong: 'TAG_NAME_INVALID' } satisfies Rows,
        description: 'At most 100 characters, unique in the company without regard to case.',
      }),
    },
    resolve: async (_, { name }, { caller, directory, exchange }): Promise<CreateTagOutcome> => {
      const owner = requireScope(await caller(), 'tags:write');
      const outcome = (await directory.createTags(owner, [name]))[0]!;
      if (outcome.kind === 'created')
        return { kind: 'created', tag: (await directory.findTag(owner.companyId, outcome.serial))! };
      exchange.errorCode ??= errorDictionary[outcome.name].errorCode;
      return { kind: 'refused', problems: [problem(outcome.name, ['name'])] };
    },
  }),
);
