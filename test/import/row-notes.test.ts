import { expect, onTestFinished, test } from 'vitest';
import { openImport } from './kit.ts';

const open = async () => (await openImport({ whenDone: (cleanUp) => onTestFinished(cleanUp) })).company();
const isoDigits = (rows: number, last: string) =>
  Array.from({ length: rows }, (_, n) => `31710123450${100 + n}0${last}`);

test('of a phone with two readings a row takes the national one, and notes it', async () => {
  const { importText, find } = await open();
  const text = 'employeeID,name,phone,isActive\nE1,Budi,6591234568,ya\nE2,Siti,81122334455,ya\nE3,Ani,+6591234568,ya\n';
  for (const dryRun of [true, false]) {
    const { report } = await importText(text, { dryRun });
    expect([report.rejected, report.notes]).toEqual([
      0,
      [expect.stringMatching(/as Excel drops leading zeros, were read as national numbers: 2, the first at line 2$/)],
    ]);
  }
  expect([(await find('E1'))!.phone, (await find('E2'))!.phone, (await find('E3'))!.phone]).toEqual([
    '626591234568',
    '6281122334455',
    '6591234568',
  ]);
});

test('a national identity number is not the employee ID beside another column for it', async () => {
  const { importText, find } = await open();
  const { report } = await importText(
    'Employee ID,NIK,Nama,Email,No HP,Status\nE1,3171012345678901,Budi,budi@example.com,0811-2233-4455,Aktif\n',
  );
  expect([report.created, report.notes]).toEqual([1, ['ignored, as "Employee ID" is the employee ID: "NIK"']]);
  expect(await find('E1')).toMatchObject({ name: 'Budi', phone: '6281122334455' });
  expect(await find('3171012345678901')).toBeNull();
});

test.each([
  ['NIK', isoDigits(3, '1'), [/^employee IDs in the column NIK have 16 digits.*: 3, the first at line 2$/]],
  ['ID Karyawan', isoDigits(3, '1'), []],
  ['ID Karyawan', isoDigits(3, '0'), [/end in 0, and Excel keeps 15 digits only.*: 3, the first at line 2$/]],
  ['ID Karyawan', ['12345678901234500', 'E2'], [/Excel keeps 15 digits only.*: 1, the first at line 2$/]],
  ['ID Karyawan', ['123456789012340', 'E0', 'A345678901234560'], []],
  ['NIK', ['E1', '120', '1234567890123450'], [/Excel.*: 1, the first at line 4$/, /KTP.*: 1, the first at line 4$/]],
])('the column %s with %j is taken and notes %j', async (column, ids, notes) => {
  const { importText } = await open();
  const rows = ids.map((id, n) => `${id},Budi,e${n}@example.com,ya`);
  const { report } = await importText([`${column},Nama,Surel,Aktif`, ...rows].join('\n'));
  expect([report.created, report.notes]).toEqual([ids.length, notes.map((note) => expect.stringMatching(note))]);
});

test('a file with a separator line has an error file with it, which is imported again', async () => {
  const { importText, find } = await open();
  const file = 'sep=|\r\nNIK|Nama|Surel|Aktif\r\nE1|Budi, S.H.|x@example-.com|Tidak Aktif\r\n';
  const first = await importText(file, { name: 'a.csv' });
  expect(first.errorText).toMatch(
    /^sep=\|\r\nNIK\|Nama\|Surel\|Aktif\|errorLine\|errorCode\|errorDetail\r\nE1\|.*\|3\|10116\|/,
  );
  expect((await importText(file, { name: 'a.csv' })).report.rejected).toBe(1);
  expect((await importText(first.errorText!.replace('example-', 'example'), { name: 'b.csv' })).report.created).toBe(1);
  expect(await find('E1')).toMatchObject({ name: 'Budi, S.H.', email: 'x@example.com', isActive: false });
});

test('cells that end in a line end, a tab or a no-break space are read', async () => {
  const { importText, find } = await open();
  const row = ['E1', 'Budi', 'budi', 'budi@example.com', '0811-2233-4455', 'ya'];
  for (const end of ['\n', '\t', '\u00A0']) {
    const cells = row.map((cell) => `"${cell}${end}"`).join(',');
    const { report } = await importText(`employeeID,name,username,email,phone,isActive\n${cells}\n`, { dryRun: true });
    expect(report, JSON.stringify(end)).toMatchObject({ valid: 1, rejected: 0 });
  }
  await importText(`employeeID,name,username,email,phone,isActive\n${row.map((cell) => `"${cell}\n"`).join(',')}\n`);
  expect(await find('E1')).toMatchObject({ name: 'Budi', username: 'budi', email: 'budi@example.com' });
});
