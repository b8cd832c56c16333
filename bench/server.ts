import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createYoga } from 'graphql-yoga';
import { makeAccess } from '../src/access/access.ts';
import type { AccessStore } from '../src/access/ports.ts';
import { makeRateLimit } from '../src/access/rate-limit.ts';
import { makeEdge } from '../src/api/http/edge.ts';
import type { Context } from '../src/api/graphql/schema/builder.ts';
import { makeGraphql } from '../src/api/graphql/server/graphql.ts';
import { schema } from '../src/api/graphql/schema/schema.ts';
import { makeListener } from '../src/api/http/listener.ts';
import { readConfig } from '../test/support/config.ts';
import { openLog } from '../src/gateway/log.ts';
import { makeRequestLog } from '../src/gateway/request-log.ts';
import { makeCreation, openParts } from '../src/gateway/creation.ts';
import type { CreateUsers } from '../src/users/create-users.ts';
import type { AddOutcome, UserStore } from '../src/users/ports.ts';

/**
 * What the gateway is measured beside, each a process of its own; tells its port to the one that started it.
 * `fast`: the gateway's edge, token look-up and GraphQL with a store that knows every token and a `createUser` that
 * does nothing. `yoga`: the same on Yoga as it comes.
 * `prototype`: Yoga as it comes with the real `createUser`, one transaction for each, on the database of DATABASE_URL.
 */
const [mode = ''] = process.argv.slice(2);
const { log } = openLog('info');
const caller = {
  clientId: 'bench',
  companyId: '00000000-0000-7000-8000-000000000001',
  scopes: new Set(['users:create'] as const),
};
const trivial: CreateUsers = async () => ({
  kind: 'results',
  results: [
    {
      kind: 'created',
      user: {
        serial: 'JOHNILXV3QAJJEL3',
        employeeID: 'E1',
        name: 'John Doe',
        username: null,
        email: null,
        phone: '6281',
        isActive: true,
        tags: [],
        organization: null,
        createdAt: new Date(),
        version: 1,
        updatedAt: new Date(),
      },
      passwordDelivery: 'NONE',
    },
  ],
  replayed: false,
});
const none = {} as Context;

const server =
  mode === 'fast'
    ? fast().serve(createServer())
    : createServer(mode === 'yoga' ? yoga(trivial, async () => caller) : await prototype());
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));

function fast() {
  const store = {
    findCallers: async (hashes) => hashes.map(() => caller),
  } satisfies Partial<AccessStore> as unknown as AccessStore;
  const { authenticate } = makeAccess({ store, now: Date.now });
  const graphql = makeGraphql({
    ...none,
    authenticate,
    createUsers: trivial,
    schemaNeedsToken: false,
    maxBodyBytes: 1_048_576,
    withoutFastPath: false,
    log,
  });
  const edge = makeEdge({
    graphql,
    rest: () => new Response(),
    health: async () => null,
    pages: () => null,
    failurePage: async (_request, response) => response,
    isStopping: () => false,
    answered: makeRequestLog(log),
    publicUrl: null,
    log,
  });
  return makeListener({ ...edge, trustProxy: 0 });
}

function yoga(createUsers: CreateUsers, authenticate: (authorization: string | null) => Promise<typeof caller | null>) {
  return createYoga({
    schema,
    logging: false,
    graphiql: false,
    context: ({ request }): Context => ({
      ...none,
      exchange: { requestId: '', startedAt: 0, accept: null, origin: '', address: '', isLast: () => true },
      caller: () => authenticate(request.headers.get('authorization')),
      createUsers,
    }),
  });
}

async function prototype() {
  const { config } = readConfig({ DATABASE_URL: process.env['DATABASE_URL'] });
  const { store, access } = await openParts(config!.databaseUrl, Date.now);
  await access.createCompany({ id: caller.companyId, code: 'RUKR', name: 'Ruangkerja' });
  // Each waits for the one before it, so that no two share a commit.
  let last: Promise<AddOutcome[] | null> = Promise.resolve(null);
  const add: UserStore['add'] = (...given) => (last = last.then(() => store.users.add(...given)));
  const { createUsers } = makeCreation({
    store: { ...store, users: { ...store.users, add } },
    config: config!,
    secretKey: Buffer.alloc(32),
    rateLimit: makeRateLimit(0, store.access),
    wakeDelivery: () => undefined,
    now: Date.now,
  });
  const { clientID } = await access.createClient({ id: caller.companyId }, { name: 'bench', scopes: ['users:create'] });
  const token = await access.issueToken(clientID, ['users:create']);
  return yoga(createUsers, () => access.authenticate(token) as Promise<typeof caller | null>);
}
