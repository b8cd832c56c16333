import { requireScope } from '../../../access/scope.ts';
import { builder } from './builder.ts';
import { connectionLengths, connectionOf, pageArguments, totalCount } from './connection.ts';
import { UserRef } from './user.ts';

const UserFilterRef = builder.inputType('UserFilter', {
  description:
    'Every field that is given narrows; null, "" and only spaces do not. One field is served by an index, the ' +
    'first given ' +
    'of employeeID, tagSerial, organizationSerial and isActive; every other one is looked for among the newest ' +
    '10,000 users ' +
    'that it leaves.',
  fields: (t) => ({
    isActive: t.boolean(),
    employeeID: t.string({ description: 'Exact, in any case.' }),
    tagSerial: t.id(),
    organizationSerial: t.id({ description: 'Of the user itself, not of organizations below it.' }),
    name: t.string({ description: 'Contained, in any case.' }),
    email: t.string({ description: 'Contained, in any case.' }),
    phone: t.string({ description: 'Contained digits.' }),
  }),
});

const UserConnectionRef = builder.connectionObject({
  type: UserRef,
  name: 'UserConnection',
  description: 'Users in the order of creation.',
  fields: (t) => ({ totalCount: t.int({ description: 'How many there are on all pages.', resolve: totalCount }) }),
});

builder.queryField('users', (t) =>
  t.field({
    description: 'The users of the company of the access token. Needs the scope `users:read`.',
    type: UserConnectionRef,
    extensions: connectionLengths,
    args: {
      ...pageArguments,
      filter: t.arg({ type: UserFilterRef }),
    },
    resolve: async (_, { filter, ...range }, context) =>
      connectionOf(
        context.readUsers.listing(requireScope(await context.caller(), 'users:read'), filter ?? {}),
        range,
        context,
      ),
  }),
);
