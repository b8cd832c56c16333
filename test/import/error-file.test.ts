import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readHeader } from '../../src/import/columns.ts';
import { openErrorFile } from '../../src/import/error-file.ts';

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-errors-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'users.errors.csv');
  const run = async (header: string[]) => {
    const file = await openErrorFile(
      { path: join(folder, 'users.csv'), header, delimiter: ';', lineEnd: '\r\n', hasBom: true },
      readHeader(header),
    );
    await file.add([{ line: 2, cells: header.map(() => 'x'), errorCode: 10101, detail: 'taken' }]);
    await file.close();
    return readFileSync(path, 'utf8');
  };
  return { path, run };
}

test('the error file of an earlier run is known by its header, whatever line ends and quotes stand in the names of columns', async () => {
  const { run } = makeFolder();
  const header = ['NIK', 'Nama', 'Surel', 'Status', 'Gaji\n(Rp) "bruto"'];
  const first = await run(header);
  expect(first).toMatch(/^\uFEFFNIK;Nama;Surel;Status;"Gaji\n\(Rp\) ""bruto""";errorLine;errorCode;errorDetail\r\n/);
  expect(await run(header)).toBe(first);
});

test('it is known too when a spreadsheet put every cell into quotes, and a foreign file is left alone', async () => {
  const { path, run } = makeFolder();
  const header = ['NIK', 'Nama', 'Surel', 'Status'];
  writeFileSync(path, '"NIK","Nama","Surel","Status","errorLine","errorCode","errorDetail"\n"E1"\n');
  expect(await run(header)).toContain('errorLine;errorCode');
  for (const foreign of [
    'my own notes\nerrorLine,errorCode,errorDetail\n',
    'NIK,Nama\n"a",errorLine,errorCode,errorDetail\n',
    'an open " quote\n'.repeat(5_000),
  ]) {
    writeFileSync(path, foreign);
    await expect(run(header)).rejects.toThrow('move it away');
    expect(readFileSync(path, 'utf8')).toBe(foreign);
  }
});
