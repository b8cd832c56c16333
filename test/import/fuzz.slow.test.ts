import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { CannotImport } from '../../src/import/ports.ts';
import { codesOf, openImport } from './kit.ts';

const header = 'employeeID,name,email,phone,password,isActive,tagSerials';
/** Pieces that a parser of CSV may stumble over, and what the columns hold. */
const piece = fc.oneof(
  fc.constantFrom(
    '"',
    '""',
    ',',
    ';',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\u0000',
    '\uFEFF',
    ' ',
    '=1+1',
    '6,28E+12',
    '5-Jan',
    'E1',
    'ya',
    '0811',
    'a@example.com',
    header,
    '\u2028',
    '"E1,Budi',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
const row = fc.tuple(
  fc.constantFrom('A1', 'A2', 'a3', '', ' '),
  fc.string({ maxLength: 5 }),
  fc.constantFrom('x@example.com', 'y@example.com', ''),
  fc.constantFrom('81122334455', '0811 2233 4455', ''),
  text,
  fc.constantFrom('ya', 'TIDAK', '', '1'),
);
const file = fc.oneof(
  text,
  text.map((rest) => `${header}\n${rest}`),
  fc
    .array(row, { maxLength: 12 })
    .map((rows) =>
      [header, ...rows.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))].join('\n'),
    ),
);
const bytes = fc.oneof(
  file,
  fc.uint8Array({ maxLength: 300 }).map((given) => Buffer.concat([Buffer.from(`${header}\n`), given])),
);

test('whatever a file holds, it is imported or refused with a sentence; a row becomes one user, or stands in the error file once', async () => {
  const { company } = await openImport({ whenDone: onTestFinished });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      const { importText } = await company();
      const dry = await importText(content, { dryRun: true }).catch((error: unknown) => error);
      const outcome = await importText(content).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(CannotImport);
        expect(outcome.cause).toBeUndefined();
        expect((dry as Error).message).toBe(outcome.message);
        return;
      }
      const { report, errors } = outcome as Awaited<ReturnType<typeof importText>>;
      read++;
      expect(report.created + report.rejected).toBe(report.total);
      expect(errors.length).toBe(report.rejected);
      expect(new Set(errors.map(({ errorLine }) => errorLine)).size).toBe(errors.length);
      for (const error of errors) expect(codesOf(error)[0]).toBeGreaterThan(0);
      // What a dry run promises comes true.
      expect((dry as typeof outcome & { report: typeof report }).report).toMatchObject({
        valid: report.created,
        rejections: report.rejections,
      });
      const again = await importText(content);
      expect(again.report).toMatchObject({ created: 0, imported: report.created, rejected: report.rejected });
    }),
    { numRuns: 100 },
  );
  expect(read).toBeGreaterThan(10);
});

test('rows of an error file are those of the file, cell by cell', async () => {
  const { company } = await openImport({ whenDone: onTestFinished });
  const cell = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((given) => given.isWellFormed());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(',', ';', '\t'),
      async (pairs, delimiter) => {
        const { importText } = await company();
        const quoted = (cells: string[]) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(delimiter);
        const content = [
          quoted(['name', 'employeeID', 'email', 'isActive', 'own']),
          ...pairs.map(([name, own]) => quoted([name, '!', '=cmd()', '+1', own])),
        ].join('\r\n');
        const { errors } = await importText(content);
        expect(errors.map(({ name, own, email, isActive }) => [name, own, email, isActive])).toEqual(
          pairs.map(([name, own]) => [name, own, '=cmd()', '+1']),
        );
      },
    ),
    { numRuns: 50 },
  );
});
