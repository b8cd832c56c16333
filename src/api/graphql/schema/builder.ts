import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import type { Caller } from '../../../access/ports.ts';
import type { CreateUsers } from '../../../users/create-users.ts';
import type { EraseUser } from '../../../users/erase-user.ts';
import type { Directory } from '../../../users/directory.ts';
import type { MailState } from '../../../users/ports.ts';
import type { ReadUsers } from '../../../users/read-users.ts';
import type { ResendPassword } from '../../../users/resend-password.ts';
import type { UpdateUsers } from '../../../users/update-users.ts';
import type { UpsertUsers } from '../../../users/upsert-users.ts';
import type { Exchange } from '../../http/exchange.ts';

/** What every resolver gets. A resolver translates, calls one thing, and translates back. */
export interface Context {
  exchange: Exchange;
  /** The header `Idempotency-Key`; null without it. */
  idempotencyKey: string | null;
  /** How many searches this operation has made. */
  searches: number;
  /** Looks the token up at the first call; null without a valid token. */
  caller: () => Promise<Caller | null>;
  createUsers: CreateUsers;
  updateUsers: UpdateUsers;
  upsertUsers: UpsertUsers;
  readUsers: ReadUsers;
  resendPassword: ResendPassword;
  eraseUser: EraseUser;
  directory: Directory;
  /** Finds the mail of a user of the caller's company; look-ups of many users become one. */
  passwordMail: (userSerial: string) => Promise<MailState | undefined>;
  /** Finds the organization above one of the caller's company. */
  parentSerial: (organizationSerial: string) => Promise<string | null | undefined>;
}

/** Collects the types, queries and mutations of the files beside it. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string } };
}>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
  },
});

builder.queryType({});
builder.mutationType({});

builder.scalarType('DateTime', {
  description: 'A moment in RFC 3339, in UTC with milliseconds, e.g. `2026-01-31T08:15:00.000Z`.',
  serialize: (moment) => moment.toISOString(),
  parseValue: () => {
    throw new TypeError('DateTime is never an input');
  },
});
