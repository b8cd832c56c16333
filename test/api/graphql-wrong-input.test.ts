import { expect, test } from 'vitest';
import { createUserMutation, johnDoe, openGateway } from '../support/gateway.ts';

const secret = 'hunter2-secret';
const wrongInputs: [string, unknown, string][] = [
  ['a wrong type', { input: { ...johnDoe, employeeID: 5, password: secret } }, 'input.employeeID'],
  ['a password of a wrong type', { input: { ...johnDoe, password: { plain: secret } } }, 'input.password'],
  ['a null', { input: { ...johnDoe, name: null, password: secret } }, 'input.name'],
  ['a missing field', { input: { employeeID: 'E1', name: 'A', password: secret } }, 'input'],
  ['an unknown field', { input: { ...johnDoe, password: secret, nickname: secret } }, '"nickname"'],
  [
    'a wrong element of a list',
    { input: { ...johnDoe, password: secret, tagSerials: ['A', { a: secret }] } },
    'input.tagSerials.1',
  ],
  ['a missing variable', { password: secret }, '$input'],
  ['a null variable', { input: null, password: secret }, '$input'],
];

test.each(wrongInputs)(
  '%s is BAD_USER_INPUT that names the path, never the value, in answer and log',
  async (_, variables, path) => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR');
    const asJson = await gateway.graphql(token, createUserMutation, variables);
    const asGraphql = await gateway.graphql(token, createUserMutation, variables, {
      Accept: 'application/graphql-response+json',
    });
    expect([asJson.status, asGraphql.status]).toEqual([200, 400]);
    expect(asJson.body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(asJson.body.errors.map(({ message }: { message: string }) => message).join()).toContain(path);
    expect(asJson.text + asGraphql.text + gateway.lines.join('')).not.toContain(secret);
  },
);

const user = 'employeeID: "E", name: "N", isActive: true';
const wrongLiterals: [string, string, string][] = [
  [
    'a literal of a wrong type',
    `mutation { createUser(input: { employeeID: "E", name: "N", isActive: "${secret}" }) { __typename } }`,
    'Argument "input" at "input.isActive": expected a value of type "Boolean!".',
  ],
  [
    'a number where a string belongs',
    `mutation { createUser(input: { employeeID: 5, name: "N", isActive: true, password: "${secret}" }) { __typename } }`,
    'Argument "input" at "input.employeeID": expected a value of type "String!".',
  ],
  [
    'an enum where a string belongs',
    `mutation { createUser(input: { employeeID: hunter2_secret, name: "N", isActive: true }) { __typename } }`,
    'Argument "input" at "input.employeeID": expected a value of type "String!".',
  ],
  [
    'a wrong element of a list',
    `mutation { createUser(input: { ${user}, tagSerials: ["A", { a: "${secret}" }] }) { __typename } }`,
    'Argument "input" at "input.tagSerials.1": expected a value of type "String!".',
  ],
  [
    'a wrong item of a batch',
    `mutation { createUsers(inputs: [{ ${user} }, { ${user}, email: ["${secret}"] }]) { __typename } }`,
    'Argument "inputs" at "inputs.1.email": expected a value of type "String".',
  ],
  [
    'a null literal',
    `mutation { createUser(input: { ${user}, tagSerials: [null, "${secret}"] }) { __typename } }`,
    'Argument "input" at "input.tagSerials.0": expected a value of type "String!".',
  ],
  [
    'a missing field of a literal',
    `mutation { createUser(input: { employeeID: "E", name: "N", password: "${secret}" }) { __typename } }`,
    'Argument "input" at "input.isActive": a value of type "Boolean!" is required.',
  ],
  [
    'an unknown field of a literal',
    `mutation { createUser(input: { ${user}, nickname: "${secret}" }) { __typename } }`,
    'Argument "input" at "input": "CreateUserInput" has no field "nickname".',
  ],
  [
    'an unknown argument',
    `mutation { createUser(input: { ${user} }, secret: "${secret}") { __typename } }`,
    'Unknown argument "secret" on field "Mutation.createUser".',
  ],
  [
    'a missing argument',
    'mutation { createUser { __typename } }',
    'Argument "Mutation.createUser(input:)" of type "CreateUserInput!" is required, but it was not provided.',
  ],
  [
    'an undeclared variable',
    `mutation { createUser(input: { ${user}, password: $password }) { __typename } }`,
    'Variable "$password" is not defined.',
  ],
  [
    'a wrong default of a variable',
    `query ($id: ID = { a: "${secret}" }) { user(serial: $id) { name } }`,
    'Variable "$id" at "id": expected a value of type "ID".',
  ],
  [
    'a null for a variable with a default',
    `mutation ($name: String = "N") { createUser(input: { employeeID: "E", name: $name, isActive: true, password: "${secret}" }) { __typename } }`,
    'Argument "input" holds a value that is not of its type, at line 1, column 52.',
  ],
];

test.each(wrongLiterals)(
  '%s is BAD_USER_INPUT that names path and type, never the value, in answer and log',
  async (_, query, message) => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR');
    const answer = await gateway.graphql(token, query, { name: null });
    expect(answer.body.errors.map((error: { message: string }) => error.message)).toEqual([message]);
    expect(answer.body.errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
    // Where there is data, the error names the field of it.
    expect(answer.body.errors[0].path).toEqual('data' in answer.body ? [expect.any(String)] : undefined);
    expect(answer.text + gateway.lines.join('')).not.toMatch(/hunter2.secret/);
  },
);

test('of a document with a hundred errors, each with a name of thousands of characters, twenty are told, and that there are more', async () => {
  const gateway = await openGateway();
  const query = `query Q${'n'.repeat(7_000)} { ${'__typename @skip(if: $a) '.repeat(100)} }`;
  for (const _ of ['parsed', 'parsed again']) {
    const { body } = await gateway.graphql(null, query);
    expect(body.errors).toHaveLength(21);
    expect(body.errors.at(-1).message).toMatch(/^Too many validation errors/);
  }
});

test('a syntax error after a string does not echo it', async () => {
  const gateway = await openGateway();
  const answer = await gateway.graphql(null, `mutation { createUser(input: { password "${secret}" }) { __typename } }`);
  expect(answer.body.errors[0].message).toMatch(/^Syntax Error/);
  expect(answer.text + gateway.lines.join('')).not.toContain(secret);
});

const manyWrong: [string, string, () => unknown][] = [
  [
    'a list with 340,000 wrong items',
    'mutation ($t: [String!]) { createUser(input: { employeeID: "E", name: "N", isActive: true, tagSerials: $t }) { __typename } }',
    () => ({ t: Array(340_000).fill(1) }),
  ],
  [
    '60,000 unknown fields',
    'mutation ($t: CreateUserInput!) { createUser(input: $t) { __typename } }',
    () => ({ t: Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`f${i}`, 1])) }),
  ],
  [
    '100,000 wrong users',
    'mutation ($t: [CreateUserInput!]!) { createUsers(inputs: $t) { __typename } }',
    () => ({ t: Array(100_000).fill({}) }),
  ],
];

test.each(manyWrong)('%s are answered in short with at most 20 errors', async (_, query, variables) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const given = variables();
  const begun = performance.now();
  const answer = await gateway.graphql(token, query, given);
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(answer.text.length).toBeLessThan(10_000);
  expect(answer.body.errors.length).toBeLessThanOrEqual(20);
  expect(answer.body.errors.map(({ extensions }: { extensions: object }) => extensions)).toEqual(
    answer.body.errors.map(() => ({ code: 'BAD_USER_INPUT' })),
  );
});

test('a name that does not exist is answered with a suggestion in development, without one in production', async () => {
  const development = await openGateway({ env: { NODE_ENV: 'development', SMTP_URL: 'smtp://127.0.0.1:1' } });
  const production = await openGateway();
  for (const query of [
    '{ user(serail: "X") { name } }',
    '{ errorDictionry { detail } }',
    '{ errorDictionary { detial } }',
    'query ($a: CreateUserInptu) { __typename }',
  ]) {
    const [open, closed] = [await development.graphql(null, query), await production.graphql(null, query)];
    expect(open.text).toContain('Did you mean');
    expect(closed.text).not.toContain('Did you mean');
    expect(closed.body.errors.length).toBeGreaterThan(0);
  }
});
