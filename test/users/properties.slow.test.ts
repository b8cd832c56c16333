import fc from 'fast-check';
import { type CountryCode, getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { expect, test } from 'vitest';
import { readFields } from '../../src/users/fields.ts';
import { type CreateUserInput } from '../../src/users/fields.ts';
import { readPhone } from '../../src/users/phone.ts';
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

/** Characters that normalising takes apart, joins or reorders, and those that are easily lost. */
const composing = fc
  .array(
    fc.constantFrom(
      'a',
      'e\u0301',
      '\u0344',
      '\u0316\u0301',
      '\uFB2C',
      '\u0958',
      '\u2126',
      '\u1100\u1161',
      '\u2000',
      '\u200D',
      ' ',
      '\u0301'.repeat(15),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

test('what was normalised stays as it is when it is read again', () => {
  const kept = ['employeeID', 'name', 'username', 'email', 'password', 'tagSerials', 'organizationSerial'] as const;
  fc.assert(
    fc.property(anyInput, fc.option(composing), (any, name) => {
      const input = name === null ? any : { ...any, name };
      const { fields } = readFields(input, rules);
      const again = readFields({ ...input, ...fields, phone: fields.phone && `+${fields.phone}` }, rules).fields;
      for (const field of kept) if (fields[field] !== undefined) expect(again[field]).toEqual(fields[field]);
      if (fields.phone !== undefined) expect(again.phone).toBe(fields.phone);
    }),
    { numRuns: 4_000 },
  );
});

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((list) => list.join(''));

test('a phone as it is kept is the same number with a plus, in every country, and without one it is never another one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...getCountries()),
      fc.constantFrom(...getCountries()),
      fc.constantFrom('+', '00', '0', 'own', ''),
      digits(5, 14),
      (country: CountryCode, other: CountryCode, begin, rest) => {
        const code = getCountryCallingCode(country);
        const text =
          begin === 'own'
            ? code + rest
            : begin === '+' || begin === '00'
              ? begin + getCountryCallingCode(other) + rest
              : begin + rest;
        const phone = readPhone(text, country);
        if (typeof phone !== 'string') return;
        expect(phone).toMatch(/^[1-9]\d{4,14}$/);
        expect(readPhone(`+${phone}`, country)).toBe(phone);
        const bare = readPhone(phone, country);
        if (phone.startsWith(code)) expect(bare).toBe(phone);
        else if (typeof bare === 'string') expect(bare).toBe(phone);
      },
    ),
    { numRuns: 20_000 },
  );
});

test('what GET answers is the conflict when it is sent again', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const phones = ['62741234567', '0811-2233-4455', '+62 (0)21 3456789', '00442071838750', '+1 415 555 2671'];
  const emails = [' A.B@Example.com ', 'budi&sari@example.com', 'a@xn--80a1acny.xn--p1ai', null, null];
  for (const [at, phone] of phones.entries()) {
    const input = {
      ...johnDoe,
      employeeID: `E${at}`,
      username: `U${at}`,
      email: emails[at],
      phone,
      name: ' Jose\u0301 ',
    };
    expect((await gateway.rest(token, input)).status).toBe(200);
    const { data } = (await gateway.get(`/ruangkerja/users/E${at}`, token)).body;
    const { body } = await gateway.createUser(token, {
      employeeID: data.employeeID,
      name: data.name,
      username: data.username,
      email: data.email,
      phone: data.phone,
      isActive: data.isActive,
    });
    expect(
      body.data.createUser.problems.map(({ errorCode }: { errorCode: number }) => errorCode),
      phone,
    ).toEqual([10101, ...(data.email ? [10102] : []), 10103, 10104]);
  }
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
