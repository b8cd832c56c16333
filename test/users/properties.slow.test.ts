import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFields } from '../../src/users/fields.ts';
import { type CreateUserInput } from '../../src/users/fields.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';

const rules = { defaultCountry: 'ID', passwordMinLength: 8, commonPasswords: new Set(['password1']) } as const;

/** Any JSON, with a liking for what fields are made of. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.emailAddress(),
  fc.constantFrom(
    '',
    ' ',
    'E1',
    ' Jose\u0301 ',
    '0811 2233 4455',
    '+62 (811) 2233-4455',
    'A.B@Example.com',
    '\u00a0x',
    'password1',
  ),
);
const value = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown> },
);
const anyInput: fc.Arbitrary<CreateUserInput> = fc.record(
  {
    employeeID: value,
    name: value,
    username: value,
    email: value,
    phone: value,
    password: value,
    isActive: fc.oneof(fc.boolean(), value),
    tagSerials: fc.oneof(fc.array(value, { maxLength: 4 }), value),
    organizationSerial: value,
  },
  { requiredKeys: [] },
);

test('reading fields never throws, names a path for each problem, and refuses exactly what is not well-formed', () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { fields, problems } = readFields(input, rules);
      for (const { path } of problems) expect(Object.keys(fields)).toContain(path[0]);
      for (const [name, field] of Object.entries(fields))
        if (field === undefined) expect(problems.map(({ path }) => path[0])).toContain(name);
      if (problems.length === 0) expect(Object.values(fields)).not.toContain(undefined);
    }),
    { numRuns: 2_000 },
  );
});

test('what was normalised stays as it is when it is read again', () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { fields } = readFields(input, rules);
      const { name, email, phone } = readFields(
        { ...input, name: fields.name, email: fields.email, phone: fields.phone && `+${fields.phone}` },
        rules,
      ).fields;
      if (fields.name !== undefined) expect(name).toBe(fields.name);
      if (fields.email !== undefined) expect(email).toBe(fields.email);
      if (fields.phone !== undefined) expect(phone).toBe(fields.phone);
    }),
    { numRuns: 2_000 },
  );
});

test('a batch equals the sequence of its singles', async () => {
  const gateway = await openGateway();
  let companies = 0;
  const newCompany = () =>
    gateway.company([...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join(''));
  const few = fc.constantFrom(1, 2, 3);
  const colliding = fc
    .record({ e: few, m: fc.option(few), p: fc.option(few), u: fc.option(few), wrong: fc.boolean() })
    .map(({ e, m, p, u, wrong }) => ({
      ...johnDoe,
      employeeID: `E${e}`,
      email: m && `M${m}@example.com`,
      phone: p && `0811223344${p}`,
      username: u && `user${u}`,
      isActive: true,
      ...(wrong && { name: ' ' }),
    }));
  const fragment = '{ __typename ... on CreateUserError { problems { errorCode path } } }';
  await fc.assert(
    fc.asyncProperty(fc.array(colliding, { minLength: 1, maxLength: 8 }), async (inputs) => {
      const [batch, singles] = [await newCompany(), await newCompany()];
      const many = await gateway.graphql(
        batch.token,
        `mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { results ${fragment} } }`,
        { inputs },
      );
      const one = [];
      for (const input of inputs)
        one.push(
          (
            await gateway.graphql(
              singles.token,
              `mutation ($input: CreateUserInput!) { createUser(input: $input) ${fragment} }`,
              { input },
            )
          ).body.data.createUser,
        );
      expect(many.body.data.createUsers.results).toEqual(one);
    }),
    { numRuns: 40 },
  );
});
