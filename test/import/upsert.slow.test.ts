import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeApiClient } from '../../src/import/api-client.ts';
import { makeGatewayTarget } from '../../src/import/into-gateway.ts';
import { makeSeenKeys } from '../../src/import/seen-keys.ts';
import type { UpsertMode } from '../../src/users/plan-upserts.ts';
import { openGateway } from '../support/gateway.ts';
import { openTestDatabase } from '../support/postgres.ts';
import { type ChangeCase, changeCases, other, present } from '../users/change-cases.ts';
import { codesOf, csvLine, openImport } from './kit.ts';

const mode = 'CREATE_OR_UPDATE';
const csv = (...lines: string[]) => `${lines.join('\n')}\n`;

/** The cell of a value: `-` clears, and of an absent field there is no column. */
const cellOf = (value: unknown): string => (value === null ? '-' : [value].flat().map(String).join(' '));
const rowOf = ({ input }: Pick<ChangeCase, 'input'>) =>
  csv(Object.keys(input).join(','), csvLine(Object.values(input).map(cellOf)));

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  let kit: Awaited<ReturnType<typeof openImport>>;
  beforeAll(async () => {
    const cleanUps: (() => Promise<void>)[] = [];
    const database = engine === 'Postgres' ? await openTestDatabase() : null;
    kit = await openImport({
      whenDone: (cleanUp) => cleanUps.push(cleanUp),
      ...(database && { databaseUrl: database.url }),
    });
    return async () => {
      for (const cleanUp of cleanUps) await cleanUp();
      await database?.stop();
    };
  });

  /** An empty cell leaves a field as it is. */
  const canBeWritten = ({ input, isRename }: ChangeCase): boolean =>
    !isRename && Object.values(input).every((value) => typeof value !== 'string' || value.trim() !== '');

  test('a row is judged and changes its user as the table says, in a dry run too', async () => {
    for (const { title, input, changed = [], problems, stored } of changeCases.filter(canBeWritten)) {
      const { tag, inactive, organization, addTag, find, importText } = await kit.company();
      const serials: Record<string, string> = {
        TAG: tag,
        OTHER_TAG: await addTag('Other'),
        ORGANIZATION: organization,
        INACTIVE: inactive,
      };
      const own = (text: string) =>
        text.replace(/\b(OTHER_TAG|TAG|ORGANIZATION|INACTIVE)\b/g, (name) => serials[name]!);
      for (const user of [present, other]) await importText(own(rowOf({ input: user })), { mode, name: 'before.csv' });
      const before = await find('ab1');
      const expected = (problems ?? []).map((problem) => Number(problem.split(' ')[0]));
      const dry = await importText(own(rowOf({ input })), { mode, dryRun: true });
      const action = changed.length > 0 ? 'UPDATE' : 'NOTHING';
      expect(dry.report, title).toMatchObject(
        problems ? { rejected: 1, valid: 0 } : { valid: 1, actions: { CREATE: 0, UPDATE: 0, NOTHING: 0, [action]: 1 } },
      );
      expect(await find('ab1'), title).toEqual(before);
      const { report, errors } = await importText(own(rowOf({ input })), { mode });
      expect(errors.flatMap(codesOf), title).toEqual(expected);
      expect([report.updated, report.unchanged], title).toEqual(
        problems ? [0, 0] : changed.length > 0 ? [1, 0] : [0, 1],
      );
      const { tags: _tags, organization: _organization, ...columns } = { ...stored } as Record<string, unknown>;
      expect(await find('ab1'), title).toMatchObject({ ...columns, version: changed.length > 0 ? 2 : 1 });
    }
  });

  test('the same file again is unchanged; missing columns and empty cells stay; `-` clears', async () => {
    const { id, importText, find } = await kit.company();
    const rows = Array.from(
      { length: 250 },
      (_, n) => `E${n},Budi,e${n}@example.com,0811${String(n).padStart(8, '0')},ya`,
    );
    const text = csv('NIK,Nama,Surel,No HP,Aktif', ...rows);
    expect((await importText(text, { mode })).report).toMatchObject({ created: 250, updated: 0, unchanged: 0 });
    expect((await importText(text, { mode })).report).toMatchObject({ created: 0, unchanged: 250, imported: 0 });
    expect((await importText(text)).report).toMatchObject({ created: 0, imported: 250 });
    // Whom the file made and somebody erased does not come back.
    expect(await kit.store.users.erase(id, { employeeID: 'E200' }, new Date())).not.toBeNull();
    const afterErasure = await importText(text, { mode });
    expect(afterErasure.report).toMatchObject({ created: 0, unchanged: 249, rejected: 1 });
    expect(afterErasure.errors.flatMap(codesOf)).toEqual([10105]);
    const changes = csv(
      'NIK,Nama,Surel,Aktif',
      'e1,Ani,,tidak',
      'E2,Budi,-,ya',
      'N1,Siti,n1@example.com,ya',
      'N2,Adi,,ya',
    );
    const { report, errors } = await importText(changes, { mode });
    expect(report).toMatchObject({ created: 1, updated: 2, unchanged: 0, rejected: 1 });
    expect(errors.flatMap(codesOf)).toEqual([10115]);
    expect(await find('E1')).toMatchObject({ employeeID: 'e1', name: 'Ani', email: 'e1@example.com', isActive: false });
    expect(await find('E2')).toMatchObject({ email: null, phone: '6281100000002' });
    const few = csv('NIK,Nama,Aktif', 'E3,Adi,ya', 'N3,Adi,ya', 'N4,Adi,mungkin');
    const only = await importText(few, { mode: 'UPDATE_ONLY' });
    expect(only.report).toMatchObject({ updated: 1, created: 0, rejections: [{ errorCode: 10105, rows: 2 }] });
    expect(only.errors.flatMap(codesOf)).toEqual([10105, 10105, 10120]);
  });

  test('a dry run of a whole file knows whose values the rows before took or set free', async () => {
    const { importText } = await kit.company();
    const filler = Array.from({ length: 250 }, (_, n) => `F${n},Budi,f${n}@example.com,ya`);
    await importText(csv('NIK,Nama,Surel,Aktif', 'A,Budi,a@example.com,ya', 'B,Budi,b@example.com,ya'), { mode });
    const text = csv(
      'NIK,Nama,Surel,Aktif',
      'A,Budi,new@example.com,ya',
      ...filler,
      'B,Budi,a@example.com,ya',
      'a,Budi,new@example.com,ya',
      'C,Budi,new@example.com,ya',
    );
    const { report: dry } = await importText(text, { mode, dryRun: true });
    expect(dry).toMatchObject({ valid: 253, rejected: 1, firstRejected: [{ line: 255, errorCode: 10102 }] });
    const { report } = await importText(text, { mode });
    expect(report).toMatchObject({ created: 250, updated: 3, rejected: 1, firstRejected: dry.firstRejected });
  });
});

test('through the API: a lost answer counts once, the same file again is unchanged, later changes are seen', async () => {
  const gateway = await openGateway();
  const company = await gateway.company('RUKR', ['users:create', 'users:read', 'users:update']);
  const files = await (await openImport({ whenDone: onTestFinished })).company();
  let lost = 0;
  const run = (text: string, { dryRun = false, as = mode as UpsertMode } = {}) => {
    const call = makeApiClient({
      url: 'https://gateway.example.com',
      credentials: { clientID: company.clientID, clientSecret: company.clientSecret },
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input));
        const { headers, body } = init as { headers: Record<string, string>; body: string };
        const answer = await gateway.send(pathname, { method: 'POST', headers, body });
        if (pathname === '/graphql' && lost-- > 0) throw new TypeError('fetch failed');
        return answer;
      },
    });
    const target = makeGatewayTarget({ call, dryRun: dryRun ? makeSeenKeys(1_000).keys : null, mode: as });
    return files.importText(text, { dryRun, mode: as, target });
  };
  const text = csv(
    'NIK,Nama,Surel,Aktif',
    'E1,Budi,e1@example.com,ya',
    'E2,Ani,wrong,ya',
    'E3,Adi,e3@example.com,mungkin',
  );
  expect((await run(text, { dryRun: true })).report).toMatchObject({ valid: 1, actions: { CREATE: 1 }, rejected: 2 });
  lost = 1;
  expect((await run(text)).report).toMatchObject({ created: 1, unchanged: 0, rejected: 2 });
  expect((await run(text)).report).toMatchObject({ created: 0, unchanged: 1, imported: 0, rejected: 2 });
  const change = /* GraphQL */ `
    mutation ($i: [CreateUserInput!]!) {
      upsertUsers(inputs: $i) {
        updatedCount
      }
    }
  `;
  const inputs = [{ employeeID: 'E1', name: 'Siti', isActive: true }];
  expect((await gateway.graphql(company.token, change, { i: inputs })).body.data.upsertUsers.updatedCount).toBe(1);
  expect((await run(text)).report).toMatchObject({ updated: 1, unchanged: 0 });
  const only = await run(csv('NIK,Nama,Aktif', 'E8,Budi,ya', 'E9,Budi,mungkin'), { as: 'UPDATE_ONLY' });
  expect(only.errors.flatMap(codesOf)).toEqual([10105, 10105, 10120]);
  await vi.waitFor(() => expect(gateway.mails).toHaveLength(1));
});
