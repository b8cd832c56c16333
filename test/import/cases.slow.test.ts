import { beforeAll, describe, expect, test } from 'vitest';
import { johnDoe } from '../support/gateway.ts';
import { openTestDatabase } from '../support/postgres.ts';
import { type Case, cases } from '../users/create-user-cases.ts';
import { codesOf, csvLine, openImport } from './kit.ts';

const fields = [
  'employeeID',
  'name',
  'username',
  'email',
  'phone',
  'password',
  'isActive',
  'tagSerials',
  'organizationSerial',
];

/** A word for `isActive` or tags; what a cell loses at its end, and of two readings the national one. */
const readOtherwise = [
  'isActive as a word',
  'tags as a word',
  'an employee id with a line end',
  'a phone with two readings',
];

/** A cell is text: other types cannot be written, nor half of a surrogate pair. */
function canBeWritten({ title, input }: Case): boolean {
  const isText = (value: unknown): boolean =>
    value === undefined || value === null || (typeof value === 'string' && value.isWellFormed());
  return (
    !readOtherwise.includes(title) &&
    Object.entries(input).every(
      ([name, value]) =>
        fields.includes(name) &&
        (isText(value) ||
          (name === 'isActive' && typeof value === 'boolean') ||
          (name === 'tagSerials' && Array.isArray(value) && value.every(isText))),
    )
  );
}
const table = cases.filter(canBeWritten);

test('nearly every case of the shared table can be written as a row', () => {
  expect(table.length).toBeGreaterThan(cases.length - 20);
});

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

  test('a row gets the verdict of the same user through the API, in a dry run too', async () => {
    for (const { title, input, problems, stored } of table) {
      const { tag, inactive, organization, find, importText } = await kit.company();
      const own: Record<string, string> = { TAG: tag, INACTIVE: inactive };
      const user: Record<string, unknown> = {
        ...johnDoe,
        tagSerials: [tag],
        organizationSerial: organization,
        ...input,
      };
      const cells = fields.map((field) =>
        [user[field] ?? '']
          .flat()
          .map((value) => own[String(value)] ?? String(value))
          .join(' '),
      );
      const text = `${fields.join(',')}\r\n${csvLine(cells)}\r\n`;
      const expected = (problems ?? []).map((problem) => Number(problem.split(' ')[0]));
      const dry = await importText(text, { dryRun: true });
      expect([dry.report.valid, dry.report.rejections.map(({ errorCode }) => errorCode)], title).toEqual(
        problems ? [0, expected.slice(0, 1)] : [1, []],
      );
      expect(dry.errorText, title).toBeNull();
      const { report, errors } = await importText(text);
      expect([report.created, errors.flatMap(codesOf)], title).toEqual([problems ? 0 : 1, expected]);
      if (problems) continue;
      const {
        tagSerials: _,
        organizationSerial: __,
        tags,
        ...rest
      } = { tags: undefined, ...stored } as Record<string, unknown>;
      expect(await find(String(stored?.['employeeID'] ?? user['employeeID'])), title).toMatchObject({
        ...rest,
        ...(tags !== undefined && { tags }),
      });
    }
  });

  test('a file that is imported again creates nothing, and its refused rows are judged anew', async () => {
    const { importText, find } = await kit.company();
    const rows = Array.from(
      { length: 450 },
      (_, n) => `E${n},Budi,e${n === 440 ? 2 : n}@example.com,${n % 100 === 7 ? 'perhaps' : 'ya'}`,
    );
    const text = ['NIK,Nama,Surel,Aktif', ...rows].join('\n');
    const first = await importText(text);
    expect(first.report).toMatchObject({
      rows: 450,
      created: 444,
      imported: 0,
      rejected: 6,
      rejections: [
        { errorCode: 10120, rows: 5 },
        { errorCode: 10102, rows: 1 },
      ],
    });
    const again = await importText(text, { name: 'another-name.csv' });
    expect(again.report).toMatchObject({ rows: 450, created: 0, imported: 444, rejected: 6 });
    expect(again.errors).toEqual(first.errors);
    expect(first.errors.map(({ errorLine }) => Number(errorLine))).toEqual([9, 109, 209, 309, 409, 442]);
    expect(await find('E449')).not.toBeNull();
  });

  test('a spreadsheet is not blamed for a value that is well-formed and taken', async () => {
    const { importText } = await kit.company();
    const { errors } = await importText(
      ['NIK,Nama,Telepon,Aktif', 'E1,Budi,6281122334455,ya', 'E2,Siti,6281122334455,ya', 'E3,Ani,6281,ya'].join('\n'),
    );
    expect(errors.map(({ errorDetail }) => errorDetail)).toEqual([
      'user phone already been taken',
      'phone is not a valid number (Excel drops leading zeros: is one missing here?)',
    ]);
  });
});
