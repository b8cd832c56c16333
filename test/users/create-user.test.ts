import { beforeAll, describe, expect, test } from 'vitest';
import { errorDictionary } from '../../src/errors/error-dictionary.ts';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';
import { type Case, cases } from './create-user-cases.ts';

type Company = Awaited<ReturnType<Gateway['company']>>;

/** Puts the company's own serials where a case names them. */
function inputOf(company: Company, { input }: Case): Record<string, unknown> {
  const serial = (value: unknown): unknown =>
    value === 'TAG' ? company.tag : value === 'INACTIVE' ? company.inactive : value;
  const whole: Record<string, unknown> = {
    ...johnDoe,
    tagSerials: [company.tag],
    organizationSerial: company.organization,
    ...input,
  };
  return {
    ...whole,
    tagSerials: Array.isArray(whole['tagSerials']) ? whole['tagSerials'].map(serial) : whole['tagSerials'],
    organizationSerial: serial(whole['organizationSerial']),
  };
}

function expected(company: Company, { input, stored }: Case) {
  return {
    ...johnDoe,
    tags: [{ serial: company.tag, name: 'Staff' }],
    organization: { serial: company.organization, name: 'Head office', isActive: true },
    ...Object.fromEntries(Object.entries(input).filter(([field]) => field in johnDoe)),
    ...stored,
    password: undefined,
  };
}

const numbers = Object.fromEntries(
  Object.entries(errorDictionary).map(([name, row]) => [row.errorCode, { name, ...row }]),
);

describe('one table of cases on both transports', () => {
  let gateway: Gateway;
  let companies = 0;
  beforeAll(async () => {
    let cleanUp: () => Promise<void>;
    gateway = await openGateway({ whenDone: (f) => (cleanUp = f) });
    return () => cleanUp();
  });
  /** Each case has a company of its own on the one gateway. */
  const newCompany = () =>
    gateway.company([...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join(''));

  describe.each(cases)('$title', (one) => {
    const [first] = one.problems ?? [];

    if (!one.restOnly)
      test('in GraphQL', async () => {
        const company = await newCompany();
        const { status, body } = await gateway.createUser(company.token, inputOf(company, one));
        expect(status).toBe(200);
        expect(body.errors).toBeUndefined();
        const result = body.data.createUser;
        if (first === undefined) {
          const { password: _, ...user } = expected(company, one);
          expect(result).toMatchObject({
            __typename: 'UserCreated',
            passwordDelivery: user.email === null ? 'NONE' : 'EMAIL',
            user,
          });
          expect(result.user.serial).toMatch(/^[A-Z]{4}[A-Z0-9]{12}$/);
        } else {
          expect(
            result.problems?.map(
              (problem: { errorCode: number; path: string[] }) => `${problem.errorCode} ${problem.path.join('.')}`,
            ),
          ).toEqual(one.problems);
          const { errorCode, message, detail } = result.problems[0];
          expect(result).toMatchObject({ __typename: 'CreateUserError', errorCode, message, detail });
          for (const problem of result.problems) expect(problem.message).toBe(numbers[problem.errorCode]!.name);
        }
      });

    test('in REST', async () => {
      const company = await newCompany();
      const { status, body } = await gateway.rest(company.token, inputOf(company, one));
      if (first === undefined) {
        expect(body).toEqual({
          status: 'success',
          message: 'Success',
          data: { serial: expect.stringMatching(/^[A-Z]{4}[A-Z0-9]{12}$/) },
        });
        expect(status).toBe(200);
      } else {
        const row = numbers[Number(first.split(' ')[0])]!;
        expect(body).toEqual({ errorCode: row.errorCode, message: row.name, detail: row.detail });
        expect(status).toBe(row.httpStatus);
      }
    });
  });
});

test('every conflict is told at once, in the order of the dictionary, beside the format problems', async () => {
  const gateway = await openGateway();
  const company = await gateway.company('RUKR');
  await gateway.rest(company.token, { ...johnDoe, username: 'john' });
  const { body } = await gateway.createUser(company.token, {
    ...johnDoe,
    employeeID: 'emply001',
    username: 'JOHN',
    email: 'John.Doe@EXAMPLE.com',
    phone: '0811 2233 4455',
    password: 'short',
    tagSerials: ['X'],
  });
  expect(body.data.createUser.problems.map((problem: { errorCode: number }) => problem.errorCode)).toEqual([
    10118, 10101, 10102, 10103, 10104, 11102,
  ]);
});

test('20 equal requests at once: one user, nineteen 10101, no 5xx', async () => {
  const gateway = await openGateway();
  const company = await gateway.company('RUKR');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => gateway.rest(company.token, { ...johnDoe, password: 'Xk9#mQ2v-long' })),
  );
  expect(answers.map(({ body }) => body.errorCode ?? 'created').toSorted()).toEqual([
    ...Array(19).fill(10101),
    'created',
  ]);
});

test('a race for the phone alone answers 10103', async () => {
  const gateway = await openGateway();
  const company = await gateway.company('RUKR');
  const answers = await Promise.all(
    ['A1', 'A2', 'A3'].map((employeeID) =>
      gateway.rest(company.token, { ...johnDoe, employeeID, email: null, password: 'Xk9#mQ2v-long' }),
    ),
  );
  expect(answers.map(({ body }) => body.errorCode ?? 'created').toSorted()).toEqual([10103, 10103, 'created']);
});

test('a company neither sees nor collides with the users, tags and organizations of another', async () => {
  const gateway = await openGateway();
  const [ours, theirs] = [await gateway.company('RUKR'), await gateway.company('OTHR')];
  const { body: created } = await gateway.createUser(theirs.token, { ...johnDoe, username: 'john' });
  expect((await gateway.rest(ours.token, { ...johnDoe, username: 'john' })).status).toBe(200);
  const { body } = await gateway.createUser(ours.token, {
    ...johnDoe,
    employeeID: 'B1',
    email: null,
    phone: '0811 9999 8888',
    tagSerials: [theirs.tag],
    organizationSerial: theirs.organization,
  });
  expect(body.data.createUser.problems.map((problem: { errorCode: number }) => problem.errorCode)).toEqual([
    11102, 12101,
  ]);
  const find = await gateway.graphql(ours.token, 'query ($serial: ID) { user(serial: $serial) { name } }', {
    serial: created.data.createUser.user.serial,
  });
  expect(find.body).toEqual({ data: { user: null } });
});

test('the user that was created is the user that is read, by serial and by employee ID in any case', async () => {
  const gateway = await openGateway({ now: () => Date.UTC(2026, 0, 31, 8, 15) });
  const company = await gateway.company('RUKR');
  const input = { ...johnDoe, tagSerials: [company.tag, company.tag], organizationSerial: company.organization };
  const { user } = (await gateway.createUser(company.token, input)).body.data.createUser;
  expect(user.createdAt).toBe('2026-01-31T08:15:00.000Z');
  const fields =
    'serial employeeID name username email phone isActive createdAt tags { serial name } organization { serial name isActive }';
  const bySerial = await gateway.graphql(company.token, `{ user(serial: "${user.serial}") { ${fields} } }`);
  const byEmployeeID = await gateway.graphql(company.token, `{ user(employeeID: "emply001") { ${fields} } }`);
  expect(bySerial.body.data.user).toEqual(user);
  expect(byEmployeeID.body.data.user).toEqual(user);
});

test('the configured minimum of the password is named', async () => {
  const gateway = await openGateway({ env: { PASSWORD_MIN_LENGTH: '12' } });
  const company = await gateway.company('RUKR');
  const { body } = await gateway.rest(company.token, { ...johnDoe, password: 'Xk9#mQ2v' });
  expect(body).toEqual({
    errorCode: 10118,
    message: 'USER_PASSWORD_INVALID',
    detail: 'password must have 12 to 128 characters',
  });
});
