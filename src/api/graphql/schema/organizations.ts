import { requireScope } from '../../../access/scope.ts';
import { builder } from './builder.ts';
import type { Lengths } from './extensions.ts';
import { OrganizationRef } from './organization.ts';

builder.queryField('organizations', (t) =>
  t.field({
    description:
      'All organizations of the company of the access token, in the order of creation; `parentSerial` makes them ' +
      'a tree. ' +
      'Needs the scope `organizations:read`.',
    type: [OrganizationRef],
    extensions: { items: 1_000 } satisfies Lengths,
    resolve: async (_, __, { caller, directory }) =>
      directory.organizations(requireScope(await caller(), 'organizations:read')),
  }),
);
