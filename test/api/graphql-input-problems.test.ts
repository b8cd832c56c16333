import { expect, test } from 'vitest';
import { errorDictionary, type ErrorName } from '../../src/errors/error-dictionary.ts';
import { createUserMutation, johnDoe, openGateway, help } from '../support/gateway.ts';

const { isActive: _, ...withoutIsActive } = johnDoe;
const { employeeID: __, ...withoutEmployeeID } = johnDoe;
const { name: ___, ...withoutName } = johnDoe;
const cases: [string, object, ErrorName, string[], string][] = [
  [
    'a missing isActive',
    withoutIsActive,
    'USER_IS_ACTIVE_REQUIRED',
    ['input', 'isActive'],
    'isActive is required and must be true or false',
  ],
  [
    'a text as isActive',
    { ...johnDoe, isActive: 'yes' },
    'USER_IS_ACTIVE_REQUIRED',
    ['input', 'isActive'],
    'isActive must be true or false',
  ],
  [
    'a null as isActive',
    { ...johnDoe, isActive: null },
    'USER_IS_ACTIVE_REQUIRED',
    ['input', 'isActive'],
    'isActive is required and must be true or false',
  ],
  [
    'a number as employeeID',
    { ...johnDoe, employeeID: 5 },
    'USER_EMPLOYEE_ID_INVALID',
    ['input', 'employeeID'],
    'employeeID must be a string',
  ],
  [
    'a missing employeeID',
    withoutEmployeeID,
    'USER_EMPLOYEE_ID_REQUIRED',
    ['input', 'employeeID'],
    'employee id is required',
  ],
  ['a missing name', withoutName, 'USER_NAME_REQUIRED', ['input', 'name'], 'name is required'],
  ['a list as name', { ...johnDoe, name: ['A'] }, 'USER_NAME_INVALID', ['input', 'name'], 'name must be a string'],
  [
    'a number as username',
    { ...johnDoe, username: 1 },
    'USER_USERNAME_INVALID',
    ['input', 'username'],
    'username must be a string',
  ],
  ['a number as email', { ...johnDoe, email: 1 }, 'USER_EMAIL_INVALID', ['input', 'email'], 'email must be a string'],
  [
    'a number as phone',
    { ...johnDoe, phone: 62811 },
    'USER_PHONE_INVALID',
    ['input', 'phone'],
    'phone must be a string',
  ],
  [
    'a number as password',
    { ...johnDoe, password: 1 },
    'USER_PASSWORD_INVALID',
    ['input', 'password'],
    'password must be a string',
  ],
  [
    'a number among tagSerials',
    { ...johnDoe, tagSerials: ['A', 1] },
    'USER_TAG_SERIALS_INVALID',
    ['input', 'tagSerials', '1'],
    '1 must be a string',
  ],
  [
    'an object as organizationSerial',
    { ...johnDoe, organizationSerial: {} },
    'USER_ORGANIZATION_SERIAL_INVALID',
    ['input', 'organizationSerial'],
    'organizationSerial must be a string',
  ],
  ['an unknown field', { ...johnDoe, emial: 'x' }, 'BAD_REQUEST', ['input'], 'there is no field emial'],
];

/** As GraphQL writes it. */
const literal = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(literal)}]`
    : typeof value === 'object' && value !== null
      ? `{ ${Object.entries(value).map(([name, inside]) => `${name}: ${literal(inside)}`)} }`
      : JSON.stringify(value);

test.each(cases)(
  '%s is BAD_USER_INPUT with the number and path of its field, as a variable and as a literal',
  async (_, input, message, path, detail) => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR');
    const { errorCode } = errorDictionary[message];
    for (const answer of [
      await gateway.graphql(token, createUserMutation, { input }),
      await gateway.graphql(token, `mutation { createUser(input: ${literal(input)}) { __typename } }`),
    ]) {
      expect([answer.status, answer.body.errors.length]).toEqual([200, 1]);
      expect(answer.body.errors[0].extensions).toEqual({
        code: 'BAD_USER_INPUT',
        errorCode,
        problems: [{ errorCode, message, detail, path }],
        ...help(errorCode),
      });
      expect(JSON.parse(gateway.lines.at(-1)!).errorCode).toBe(errorCode);
    }
  },
);

test('several are told each with its own; a missing or null variable and an unknown argument are 400', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const problems = async (query: string, variables?: object) =>
    (await gateway.graphql(token, query, variables)).body.errors.map(
      ({ extensions }: { extensions: { errorCode: number; problems: { path: string[] }[] } }) => [
        extensions.errorCode,
        ...extensions.problems[0]!.path,
      ],
    );
  expect(await problems(createUserMutation, { input: { employeeID: 1, name: null } })).toEqual([
    [10111, 'input', 'employeeID'],
    [10112, 'input', 'name'],
    [10120, 'input', 'isActive'],
  ]);
  expect(await problems(createUserMutation)).toEqual([[400, 'input']]);
  expect(await problems(createUserMutation, { input: null })).toEqual([[400, 'input']]);
  expect(await problems('mutation { createTag(name: 5) { __typename } }')).toEqual([[11110, 'name']]);
  expect(await problems('mutation ($tag: String!) { createTag(name: $tag) { __typename } }', { tag: 5 })).toEqual([
    [11110, 'tag'],
  ]);
  const parts =
    'mutation ($id: String!, $active: Boolean!) { createUser(input: { employeeID: $id, name: "N", isActive: $active }) { __typename } }';
  expect(await problems(parts, { id: 5 })).toEqual([
    [10111, 'id'],
    [10120, 'active'],
  ]);
  expect(await problems('mutation { createTag(nam: "A", name: "A") { __typename } }')).toEqual([[400]]);
  expect(
    await problems('mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { createdCount } }', {
      inputs: [johnDoe, { ...johnDoe, phone: 1 }],
    }),
  ).toEqual([[10117, 'inputs', '1', 'phone']]);
});
