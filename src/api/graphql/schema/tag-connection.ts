import { requireScope } from '../../../access/scope.ts';
import { builder } from './builder.ts';
import { connectionLengths, connectionOf, pageArguments, totalCount } from './connection.ts';
import { TagRef } from './tag.ts';

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
    extensions: connectionLengths,
    args: {
      ...pageArguments,
      name: t.arg.string({ description: 'Contained, in any case; looked for among the newest 10,000 tags.' }),
    },
    resolve: async (_, { name, ...range }, context) =>
      connectionOf(context.directory.tags(requireScope(await context.caller(), 'tags:read'), name), range, context),
  }),
);
