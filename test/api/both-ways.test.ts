import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { createUserMutation, type Gateway, johnDoe, openGateway } from '../support/gateway.ts';
import { cases } from '../users/create-user-cases.ts';

/**
 * A single operation takes the fast path past Yoga's HTTP layer, the same request goes through it. Both over a real socket,
 * in the same order.
 */
interface Way {
  gateway: Gateway;
  url: string;
  company: Awaited<ReturnType<Gateway['company']>>;
  reader: string;
}

let ways: [fast: Way, yoga: Way];
beforeAll(async () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const open = async (withoutFastPath: boolean): Promise<Way> => {
    const gateway = await openGateway({
      withoutFastPath,
      env: { RATE_LIMIT: '0', MAX_BODY_BYTES: '65536', PUBLIC_URL: 'https://gateway.example' },
      now: () => Date.UTC(2026, 0, 31),
      whenDone: (cleanUp) => cleanUps.push(cleanUp),
    });
    const server = gateway.app.listener.serve(createServer()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.unshift(async () => {
      server.close();
      server.closeAllConnections();
    });
    const company = await gateway.company('RUKR');
    const { token: reader } = await gateway.company('READ', ['users:read']);
    return { gateway, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, company, reader };
  };
  // In the program too Yoga takes the global Response before the listener puts the light one in its place.
  const yoga = await open(true);
  ways = [await open(false), yoga];
  return async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  };
});

interface Sent {
  body: unknown;
  headers?: Record<string, string>;
  as?: 'nobody' | 'reader';
}

/** What a client sees, and the log line, but for what is drawn by lot or measured. */
async function ask({ gateway, url, company, reader }: Way, { body, headers = {}, as }: Sent) {
  const inserted = JSON.stringify(body)
    .replaceAll('"TAG"', JSON.stringify(company.tag))
    .replaceAll('"INACTIVE"', JSON.stringify(company.inactive));
  const token: Record<string, string> =
    as === 'nobody' ? {} : { Authorization: as === 'reader' ? reader : company.token };
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'X-Request-Id': 'same',
      ...token,
      ...headers,
    },
    body: typeof body === 'string' ? body : inserted,
  });
  const {
    ms: _,
    time: __,
    clientId,
    userSerials,
    ...line
  } = JSON.parse(gateway.lines.findLast((line) => line.includes('"msg":"request"'))!);
  return {
    status: answer.status,
    headers: [...answer.headers].filter(([name]) => name !== 'date'),
    text: (await answer.text()).replaceAll(/\b[A-Z]{4}(?:TAG-)?[A-Z0-9]{8,12}\b/g, 'SERIAL'),
    line: { ...line, known: clientId !== undefined, users: userSerials?.length },
  };
}

async function expectSame(sent: Sent): Promise<{ status: number; text: string }> {
  const [fast, yoga] = [await ask(ways[0], sent), await ask(ways[1], sent)];
  expect(fast).toEqual(yoga);
  return fast;
}

test.each(cases.map((one, index) => ({ ...one, index })))('$title', async ({ input, index }) => {
  const fresh = { ...johnDoe, employeeID: `E${index}`, email: `e${index}@example.com`, phone: null };
  await expectSame({ body: { query: createUserMutation, variables: { input: { ...fresh, ...input } } } });
});

const plain = { query: '{ __typename }' };
const unusual: [string, Sent][] = [
  ['a query', { body: plain }],
  ['no token', { as: 'nobody', body: { query: createUserMutation, variables: { input: johnDoe } } }],
  ['a token without the scope', { as: 'reader', body: { query: createUserMutation, variables: { input: johnDoe } } }],
  [
    'two operations and a name',
    { body: { query: 'query A { __typename } query B { b: __typename }', operationName: 'B' } },
  ],
  ['two operations and no name', { body: { query: 'query A { __typename } query B { b: __typename }' } }],
  ['an unknown operation name', { body: { query: 'query A { __typename }', operationName: 'C' } }],
  ['an operation name that is a number', { body: { query: '{ __typename }', operationName: 5 } }],
  ['empty parameters', { body: { query: '{ __typename }', operationName: null, variables: null, extensions: null } }],
  ['extensions', { body: { query: '{ __typename }', extensions: { a: 1 } } }],
  ['extensions that are a word', { body: { query: '{ __typename }', extensions: 'a' } }],
  ['variables that are a list', { body: { query: '{ __typename }', variables: [] } }],
  ['an unknown parameter', { body: { query: '{ __typename }', id: 1 } }],
  ['an unknown parameter that is null', { body: { query: '{ __typename }', id: null } }],
  ['an empty query', { body: { query: '' } }],
  ['no query', { body: {} }],
  ['a query of comments', { body: { query: '# nothing' } }],
  ['a batch', { body: [plain, plain] }],
  ['null', { body: 'null' }],
  ['a number', { body: '5' }],
  ['malformed JSON', { body: '{"query"' }],
  ['an empty body', { body: '' }],
  ['a byte order mark', { body: '\uFEFF{"query":"{ __typename }"}' }],
  ['a syntax error', { body: { query: '{ "hunter2" }' } }],
  ['an unknown field', { body: { query: '{ nothing }' } }],
  ['a subscription', { body: { query: 'subscription { a }' } }],
  ['@defer', { body: { query: '{ ... @defer { __typename } }' } }],
  ['a fragment alone', { body: { query: 'fragment A on Query { __typename }' } }],
  ['too many tokens', { body: { query: `{ ${'errorDictionary { detail } '.repeat(251)} }` } }],
  ['introspection', { body: { query: '{ __schema { queryType { name } } }' } }],
  ['introspection without a token', { as: 'nobody', body: { query: '{ __schema { queryType { name } } }' } }],
  ['wrong variables', { body: { query: createUserMutation, variables: { input: { employeeID: 5, nickname: 1 } } } }],
  ['a wrong argument', { body: { query: '{ user { name } }' } }],
  [
    'a partial answer',
    { as: 'nobody', body: { query: '{ errorDictionary { errorCode } user(serial: "A") { name } }' } },
  ],
  ['another media type', { body: plain, headers: { 'Content-Type': 'text/plain' } }],
  ['a media type in capitals', { body: plain, headers: { 'Content-Type': 'Application/JSON; Charset=UTF-8' } }],
  ['a body above the limit', { body: { query: `{ __typename } # ${'x'.repeat(70_000)}` } }],
  ['a type of answer that is not spoken', { body: plain, headers: { Accept: 'text/event-stream' } }],
];

test.each(
  unusual.flatMap(([title, sent]) =>
    ['application/json', 'application/graphql-response+json', '*/*'].map((Accept) => [title, Accept, sent] as const),
  ),
)('%s, Accept %s', async (_title, Accept, sent) => {
  await expectSame({ ...sent, headers: { Accept, ...sent.headers } });
});

test('the two ways are two', async () => {
  const seen: boolean[] = [];
  for (const { gateway } of ways) {
    // Yoga's HTTP layer builds a Request of its own; the fast path builds none.
    const { Request: Real } = globalThis;
    let built = 0;
    globalThis.Request = class extends Real {
      constructor(...given: ConstructorParameters<typeof Real>) {
        super(...given);
        built++;
      }
    };
    try {
      const request = new Real('http://127.0.0.1/graphql', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(plain),
      });
      expect((await gateway.app.fetch(request, '127.0.0.1')).status).toBe(200);
    } finally {
      globalThis.Request = Real;
    }
    seen.push(built > 0);
  }
  expect(seen).toEqual([false, true]);
});
