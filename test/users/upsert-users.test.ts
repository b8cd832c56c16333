import { beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, openGateway } from '../support/gateway.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { other, present, upsertCases } from './upsert-cases.ts';

const userFields = /* GraphQL */ `
  employeeID
  name
  username
  email
  phone
  isActive
  version
  tags {
    serial
  }
  organization {
    serial
  }
`;
const upsertMutation = /* GraphQL */ `
  mutation UpsertUsers(
    $inputs: [CreateUserInput!]!
    $mode: UpsertMode! = CREATE_OR_UPDATE
    $onError: OnError! = SKIP
    $dryRun: Boolean
    $idempotencyKey: String
  ) {
    upsertUsers(inputs: $inputs, mode: $mode, onError: $onError, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      createdCount
      updatedCount
      unchangedCount
      validCount
      errorCount
      replayed
      results {
        __typename
        ... on UserCreated {
          passwordDelivery
          user {
            ${userFields}
          }
        }
        ... on UserUpdated {
          changed
          passwordDelivery
          user {
            ${userFields}
          }
        }
        ... on UserUnchanged {
          user {
            ${userFields}
          }
        }
        ... on UserValid {
          action
          changed
          passwordDelivery
        }
        ... on UpsertUserError {
          errorCode
          problems {
            errorCode
            path
          }
        }
      }
    }
  }
`;

interface Result {
  __typename: string;
  user?: { employeeID: string; version: number; [field: string]: unknown };
  changed?: string[];
  action?: string;
  passwordDelivery?: string;
  problems?: { errorCode: number; path: string[] }[];
}

/** In short: `created`, `updated name`, `unchanged`, `UPDATE name`, or numbers. */
function verdict({ __typename, changed = [], action, problems }: Result): string {
  const names: Record<string, string> = { UserCreated: 'created', UserUpdated: 'updated', UserUnchanged: 'unchanged' };
  if (problems) return problems.map(({ errorCode }) => errorCode).join(' ');
  return [action ?? names[__typename], ...changed].join(' ');
}

const allScopes = ['users:create', 'users:read', 'users:update'] as const;

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  let gateway: Gateway;
  let companies = 0;
  beforeAll(async () => {
    const cleanUps: (() => Promise<void>)[] = [];
    const database: TestDatabase | null = engine === 'Postgres' ? await openTestDatabase() : null;
    gateway = await openGateway({
      whenDone: (f) => cleanUps.push(f),
      ...(database && { env: { DATABASE_URL: database.url } }),
    });
    return async () => {
      for (const cleanUp of cleanUps) await cleanUp();
      await database?.stop();
    };
  });

  async function newCompany() {
    const code = [...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
    const company = await gateway.company(code, [...allScopes]);
    const owner = (await gateway.app.access.findCompany(code))!;
    const added = await gateway.app.directory.createTag(owner, { name: 'Other' });
    const serials: Record<string, string> = {
      TAG: company.tag,
      OTHER_TAG: 'serial' in added ? String(added.serial) : '',
      ORGANIZATION: company.organization,
      INACTIVE: company.inactive,
    };
    /** With the company's own serials. */
    const own = (value: unknown): unknown =>
      Array.isArray(value) ? value.map(own) : typeof value === 'string' ? (serials[value] ?? value) : value;
    const inputOf = (input: object) =>
      Object.fromEntries(Object.entries(input).map(([name, value]) => [name, own(value)]));
    async function upsert(inputs: object[], variables: object = {}) {
      const { status, body } = await gateway.graphql(company.token, upsertMutation, {
        inputs: inputs.map(inputOf),
        ...variables,
      });
      expect([status, body.errors]).toEqual([200, undefined]);
      const { results, ...counts } = body.data.upsertUsers as { results: Result[]; [count: string]: unknown };
      return { results, counts, verdicts: results.map(verdict) };
    }
    async function find(employeeID: string) {
      const query = `query ($e: String) { user(employeeID: $e) { ${userFields} } }`;
      return (await gateway.graphql(company.token, query, { e: employeeID })).body.data.user as Result['user'] | null;
    }
    return { ...company, owner, own, upsert, find };
  }

  test('a user who is there is judged, changed and answered as the table says, in a dry run too', async () => {
    for (const { title, input, changed = [], problems, stored, isMailed } of upsertCases) {
      const { upsert, find, own } = await newCompany();
      expect((await upsert([present, other])).verdicts, title).toEqual(['created', 'created']);
      const before = (await find('ab1'))!;
      const expected = problems?.map((problem) => problem.split(' ')) ?? [];
      const shownProblems = ({ problems: shown = [] }: Result) =>
        shown.map(({ errorCode, path }) => [String(errorCode), path.join('/')]);

      const dry = await upsert([input], { dryRun: true });
      expect(shownProblems(dry.results[0]!), title).toEqual(expected);
      if (!problems) {
        const action = changed.length > 0 ? 'UPDATE' : 'NOTHING';
        expect(dry.results[0], title).toMatchObject({ action, changed, passwordDelivery: isMailed ? 'EMAIL' : 'NONE' });
        expect(dry.counts, title).toMatchObject({ validCount: 1, updatedCount: 0, unchangedCount: 0 });
      }
      expect(await find('ab1'), title).toEqual(before);

      const { results } = await upsert([input]);
      const [result] = results;
      expect(shownProblems(result!), title).toEqual(expected);
      const { tags, organization, ...columns } = { ...stored } as Record<string, unknown>;
      const after = {
        ...before,
        ...columns,
        ...(tags ? { tags: (own(tags) as string[]).map((serial) => ({ serial })) } : {}),
        ...(organization !== undefined && { organization }),
        version: changed.length > 0 ? 2 : 1,
      };
      expect(await find('ab1'), title).toEqual(after);
      if (problems) continue;
      expect(result!.user, title).toEqual(after);
      expect(verdict(result!), title).toBe(changed.length > 0 ? ['updated', ...changed].join(' ') : 'unchanged');
      if (changed.length > 0) expect(result!.passwordDelivery, title).toBe(isMailed ? 'EMAIL' : 'NONE');
    }
  });
});
