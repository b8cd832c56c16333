import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, type Program, ready } from '../process/program.ts';

/** Bytes that an answer has at most, as the README says. */
const mostBytes = 4_194_304;
const tagCount = 100;

let folder: string;
let program: Program;
let token = '';
let tags: string[];
const aliases = (count: number, selection: string) =>
  Array.from({ length: count }, (_, at) => `a${at}: ${selection}`).join(' ');
const usersOf = (prefix: string, count: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) => ({
    employeeID: `${prefix}${at}`,
    name: 'John Doe',
    email: `${prefix}${at}@example.com`,
    isActive: true,
    ...more,
  }));

async function send(
  body: unknown,
  authorization: string | null = token,
): Promise<{ bytes: number; text: string; ms: number }> {
  const begun = performance.now();
  const answer = await fetch(`http://127.0.0.1:${program.port()}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { bytes: Buffer.byteLength(text), text, ms: performance.now() - begun };
}

/** The longest that a parallel `GET /health/live` waited while `work` ran, in milliseconds. */
async function stallOf(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const probe = (async () => {
    while (!isOver) {
      const begun = performance.now();
      await (await fetch(`http://127.0.0.1:${program.port()}/health/live`)).text();
      longest = Math.max(longest, performance.now() - begun);
    }
  })();
  await work();
  isOver = true;
  await probe;
  return longest;
}

/** Kilobytes, on Linux the most that the program ever had. */
const peakMemory = (): number =>
  process.platform === 'linux'
    ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/status`, 'utf8'))![1])
    : 0;

const createUsers = (selection: string) =>
  `mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { createdCount results { ... on UserCreated { user { ${selection} } } } } }`;

/** A lawful request of the largest size: 1 MB, which is parsed, judged and refused as a whole. */
const lawful = () => send({ query: createUsers('serial'), variables: { inputs: usersOf('x'.repeat(800), 1_000) } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-attacks-'));
  program = await ready(launch(folder, {}, ['--json']));
  token = program.json().accessToken;
  const answer = await fetch(`http://127.0.0.1:${program.port()}/ruangkerja/tags/create-bulk`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: token },
    body: JSON.stringify({ items: Array.from({ length: tagCount }, (_, at) => ({ name: `Tag ${at}` })) }),
  });
  tags = (
    (await answer.json()) as { data: { successItems: { response: { serial: string } }[] } }
  ).data.successItems.map(({ response }) => response.serial);
  for (let call = 0; call < 10; call++) {
    const { text } = await send({ query: createUsers('serial'), variables: { inputs: usersOf(`C${call}x`, 1_000) } });
    expect(JSON.parse(text).data.createUsers.createdCount).toBe(1_000);
  }
  await send({ query: createUsers('serial'), variables: { inputs: usersOf('T', 480, { tagSerials: tags }) } });
  await lawful();
}, 120_000);
afterAll(async () => {
  await program.kill();
  rmSync(folder, { recursive: true });
});

const unknownFields = Array.from({ length: 30 }, (_, at) => `x${at}`).join(' ');
/** Whether it is a client's, and the body. */
const attacks: [string, 'stranger' | 'client', () => unknown][] = [
  [
    '500,000 line ends before 30 unknown fields',
    'stranger',
    () => ({ query: `${'\n'.repeat(500_000)}{ ${unknownFields} }` }),
  ],
  [
    'an operation name of 900 KB and 20 errors',
    'stranger',
    () => ({ query: `query Q${'n'.repeat(900_000)} { ${'__typename @skip(if: $a) '.repeat(40)} }` }),
  ],
  [
    'an operation name of 900 KB beside the document',
    'stranger',
    () => ({ query: 'query A { __typename } query B { __typename }', operationName: 'n'.repeat(900_000) }),
  ],
  [
    '2,000 lines of 32 characters before 20 errors',
    'stranger',
    () => ({ query: `${`#${'x'.repeat(29)}\n`.repeat(1_900)}{ ${unknownFields} }` }),
  ],
  ['names of 60 KB', 'stranger', () => ({ query: `{ ${'n'.repeat(60_000)}: nosuch }` })],
  ['fields that are to be merged', 'stranger', () => ({ query: `{ ${'errorDictionary { detail } '.repeat(248)} }` })],
  ['one field a thousand times', 'stranger', () => ({ query: `{ errorDictionary { ${'detail '.repeat(900)} } }` })],
  [
    'fragments that double',
    'stranger',
    () => ({
      query: `{ ...F0 } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F60 on Query { a: __typename }`,
    }),
  ],
  ['directives', 'stranger', () => ({ query: `{ __typename ${'@skip(if: false) '.repeat(160)} }` })],
  [
    'operations',
    'stranger',
    () => ({
      query: Array.from({ length: 190 }, (_, i) => `query Q${i} { __typename }`).join(' '),
      operationName: 'Q1',
    }),
  ],
  [
    'types within types',
    'client',
    () => ({
      query: `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`,
    }),
  ],
  [
    'a list of 400,000 numbers',
    'stranger',
    () => ({
      query:
        'mutation ($t: [String!]) { createUser(input: { employeeID: "E", name: "N", isActive: true, tagSerials: $t }) { __typename } }',
      variables: { t: Array(400_000).fill(1) },
    }),
  ],
  ['extensions of 900 KB', 'stranger', () => ({ query: '{ __typename }', extensions: { x: 'x'.repeat(900_000) } })],
  [
    '30 times the tags of a batch',
    'client',
    () => ({
      query: createUsers(aliases(30, 'tags { serial name }')),
      variables: { inputs: usersOf('A', 480, { tagSerials: tags }) },
    }),
  ],
  [
    '30 times the tags of a page',
    'client',
    () => ({
      query: `{ users(first: 100, filter: { tagSerial: "${tags[0]}" }) { edges { node { ${aliases(30, 'tags { serial name }')} } } } }`,
    }),
  ],
  [
    '9 pages with their tags',
    'client',
    () => ({
      query: `{ ${aliases(8, `users(first: 100, filter: { tagSerial: "${tags[0]}" }) { edges { node { tags { serial name } } } }`)} }`,
    }),
  ],
  ['30 counts', 'client', () => ({ query: `{ users(filter: { name: "zzz" }) { ${aliases(30, 'totalCount')} } }` })],
  [
    '10 searches',
    'client',
    () => ({ query: `{ ${aliases(10, 'users(filter: { name: "zzz" }) { totalCount edges { cursor } }')} }` }),
  ],
];

test.each(attacks)(
  '%s: a short answer, no longer stall than a lawful request makes, and bounded memory',
  async (name, sender, body) => {
    const given = body();
    // The first one compiles what it needs.
    const { bytes, text } = await send(given, sender === 'client' ? token : null);
    expect(bytes, text.slice(0, 200)).toBeLessThanOrEqual(mostBytes);
    const lawfulStall = await stallOf(lawful);
    let stall = Infinity;
    // The machine may be busy with something else.
    for (let attempt = 0; attempt < 5 && stall > 3 * lawfulStall + 50; attempt++)
      stall = await stallOf(() => send(given, sender === 'client' ? token : null));
    expect(stall, name).toBeLessThanOrEqual(3 * lawfulStall + 50);
  },
);

test('ten of each at once leave the program alive, within 600 MB', async () => {
  for (const [, sender, body] of attacks)
    await Promise.all(Array.from({ length: 10 }, () => send(body(), sender === 'client' ? token : null)));
  expect((await fetch(`http://127.0.0.1:${program.port()}/health/live`)).status).toBe(200);
  expect(peakMemory()).toBeLessThan(600_000);
}, 120_000);

test('what 1 MB of users holds is answered with every field', async () => {
  const inputs = usersOf('W', 480, { tagSerials: tags });
  const { text, bytes } = await send({
    query: createUsers(
      'serial employeeID name username email phone isActive passwordMail createdAt tags { serial name } organization { serial name }',
    ),
    variables: { inputs },
  });
  expect(JSON.parse(text).data.createUsers.createdCount).toBe(480);
  expect(bytes).toBeGreaterThan(2_000_000);
});
