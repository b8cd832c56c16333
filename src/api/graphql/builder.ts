import SchemaBuilder from '@pothos/core';
import type { Caller } from '../../access/ports.ts';
import type { CreateUsers } from '../../users/create-users.ts';
import type { UserStore } from '../../users/ports.ts';
import type { Exchange } from '../exchange.ts';

/** What every resolver gets. A resolver translates, calls one thing, translates back. */
export interface Context {
  exchange: Exchange;
  /** Looked up at the first field that asks; null without a valid token. */
  caller: () => Promise<Caller | null>;
  createUsers: CreateUsers;
  findUser: UserStore['find'];
}

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string } };
}>({ defaultFieldNullability: false });

builder.queryType({});
builder.mutationType({});

builder.scalarType('DateTime', {
  description: 'A moment in RFC 3339, in UTC with milliseconds, e.g. `2026-01-31T08:15:00.000Z`.',
  serialize: (moment) => moment.toISOString(),
  parseValue: () => {
    throw new TypeError('DateTime is never an input');
  },
});
