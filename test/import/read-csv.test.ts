import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { countKnown, inputOf, readHeader, template } from '../../src/import/columns.ts';
import { userFields } from '../../src/users/user-fields.ts';
import { hintFor, lostLeadingZero } from '../../src/import/spreadsheet-hints.ts';
import { openFile } from '../../src/import/open-file.ts';
import { openCsv } from '../../src/import/read-csv.ts';
import { makeSeenKeys } from '../../src/import/seen-keys.ts';

function makeFile(content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-csv-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'users.csv'), content);
  return join(folder, 'users.csv');
}

async function opened(content: string | Buffer) {
  const csv = await openCsv(await openFile(makeFile(content)), { countKnown });
  onTestFinished(csv.close);
  return csv;
}
const reason = (content: string | Buffer): Promise<string> =>
  opened(content).then(
    () => 'none',
    (error: Error) => error.message,
  );
const rowsOf = async (content: string | Buffer) => Array.fromAsync((await opened(content)).read());

const header = 'employeeID,name,email,isActive';

test.each([',', ';', '\t'])(
  'the delimiter %j is told by the header, also beside commas in names and behind a BOM',
  async (delimiter) => {
    const text = [
      ['name', 'NIK', 'Surel', 'Aktif', 'a,b;c'],
      ['Budi, S.H.; M.A.', 'E1', 'e1@example.com', 'ya', ''],
    ]
      .map((cells) => cells.map((cell) => `"${cell}"`).join(delimiter))
      .join('\r\n');
    const csv = await opened(`\uFEFF${text}`);
    expect([csv.delimiter, csv.hasBom, csv.lineEnd, csv.rows]).toEqual([delimiter, true, '\r\n', 1]);
    expect(csv.header[0]).toBe('name');
    expect(await Array.fromAsync(csv.read())).toEqual([
      { line: 2, cells: ['Budi, S.H.; M.A.', 'E1', 'e1@example.com', 'ya', ''] },
    ]);
  },
);

test.each(['\n', '\r\n', '\r'])(
  'lines are counted as an editor counts them, whatever stands in quotes (%j)',
  async (end) => {
    const text = [
      header,
      `E1,"Budi${end}Santoso${end}",a@example.com,1`,
      '',
      ',,,',
      `"E2","Si ""ti""",b@example.com,0`,
      'E3,Ani "Ayu" Dewi,c@example.com,1',
      '',
      ' , ,',
    ].join(end);
    const rows = await rowsOf(text);
    expect(rows.map(({ line, cells: [id] }) => [line, id])).toEqual([
      [2, 'E1'],
      [7, 'E2'],
      [8, 'E3'],
    ]);
    expect(rows.map(({ cells: [, name] }) => name)).toEqual([`Budi${end}Santoso${end}`, 'Si "ti"', 'Ani "Ayu" Dewi']);
    expect((await opened(text)).rows).toBe(3);
  },
);

test('the same content has the same hash wherever it lies, another content another one', async () => {
  const [one, same, other] = [
    await opened(`${header}\nE1`),
    await opened(`${header}\nE1`),
    await opened(`${header}\nE2`),
  ];
  expect(one.hash).toBe(same.hash);
  expect(one.hash).not.toBe(other.hash);
  expect(one.hash).toMatch(/^[\w-]{22}$/);
});

test('a file that cannot be read to its end is refused before its first row, with the line and the way out', async () => {
  const latin = (text: string) => Buffer.from(text, 'latin1');
  const filler = `${'E1,Budi,a@example.com,ya\n'.repeat(5_000)}`;
  const wrong: [string | Buffer, RegExp][] = [
    ['', /empty/],
    ['\uFEFF', /empty/],
    [latin(`${header}\nE1,Andr\xe9,a@example.com,1\n`), /^line 2 is not UTF-8.*Windows-1252.*CSV UTF-8/],
    [Buffer.concat([latin(`${header}\n${filler}E2,Andr\xe9`)]), /^line 5002 is not UTF-8/],
    [
      Buffer.concat([Buffer.from(`${header}\n${filler}`), latin('E2,Andr\xe9,,\nE3,x,,\nE4,y,,\n')]),
      /^line 5002 is not UTF-8/,
    ],
    [Buffer.from(`\uFEFF${header}\n`, 'utf16le'), /UTF-16.*CSV UTF-8/],
    [Buffer.from(`${header}\n`, 'utf16le'), /UTF-16/],
    [Buffer.from('PK\u0003\u0004....[Content_Types].xml'), /Excel workbook.*CSV UTF-8/],
    [Buffer.from('PK\u0003\u0004....users.csv'), /ZIP archive: unpack it/],
    [Buffer.from('1f8b0800', 'hex'), /gzip archive: unpack it/],
    [Buffer.from('%PDF-1.7'), /a PDF/],
    ['<html><table>', /a web page or XML/],
    [
      `${header}\nE1,Budi,a@example.com,1\nE2,"Siti,b@example.com,1\nE3,Ani,c@example.com,1\n`,
      /^the row at line 3 opens a quote that is never closed$/,
    ],
    [`${header}\nE2,"${'x'.repeat(1_100_000)}`, /^the row at line 2 is longer than 1048576 bytes/],
    [
      `${header}\r\nE1,a,a@example.com,1\r\n${','.repeat(25_000_000)}`,
      /^the row at line 3 is longer than 1048576 bytes/,
    ],
    [
      `${header}\rE1,a,a@example.com,1\r${';'.repeat(2_000_000)}\rE2`,
      /^the row at line 3 is longer than 1048576 bytes/,
    ],
    [`${header}\n${'"",'.repeat(500_000)}\n`, /^the row at line 2 is longer than 1048576 bytes/],
    [`${header}\n${'"\n",'.repeat(1_100_000)}\n`, /^the row at line 2 is longer than 1048576 bytes/],
    [`${header}\nE1,a,a@example.com,1\n${','.repeat(16_384)}\n`, /^the row at line 3 has more than 16384 cells$/],
  ];
  for (const [content, expected] of wrong)
    expect(await reason(content), String(content).slice(0, 50)).toMatch(expected);
  await expect(openFile('/nowhere/users.csv')).rejects.toThrow('there is no file /nowhere/users.csv');
  await expect(openFile('/dev/null')).rejects.toThrow('cannot be a pipe');
});

test.skipIf(process.platform === 'win32')('a pipe that nobody writes into is refused too', async () => {
  const pipe = `${makeFile('')}.pipe`;
  execFileSync('mkfifo', [pipe]);
  const late = setTimeout(() => writeFileSync(pipe, ''), 1_000);
  onTestFinished(() => clearTimeout(late));
  const begun = performance.now();
  await expect(openFile(pipe)).rejects.toThrow('cannot be a pipe');
  expect(performance.now() - begun).toBeLessThan(900);
});

test('a file that is written to while it is read is noticed', async () => {
  const csv = await opened(`${header}\nE1,Budi,a@example.com,1\n`);
  await csv.refuseChange();
  appendFileSync(csv.path, 'E2,Siti,b@example.com,1\n');
  await expect(csv.refuseChange()).rejects.toThrow('was changed');
});

test('every documented name of a column is known, in any case and order, with spaces around it', () => {
  for (let variant = 0; variant < 3; variant++) {
    const names = Object.entries(userFields)
      .map(([field, { csv: known }]) => [field, known[variant % known.length]!] as const)
      .toReversed();
    for (const change of [
      (name: string) => name,
      (name: string) => ` ${name.toUpperCase()} `,
      (name: string) => name.toLowerCase(),
    ]) {
      const { positions, notes } = readHeader(names.map(([, name]) => change(name)));
      expect([...positions], String(variant)).toEqual(names.map(([field], place) => [field, place]));
      expect(notes).toEqual([]);
    }
  }
  expect(readHeader(template.trim().split(',')).positions.size).toBe(9);
});

test.each([
  [
    'employeeID',
    [
      'Employee ID',
      'EMPLOYEE_ID',
      'employee-id',
      '* Employee ID',
      'Nomor Induk Karyawan',
      'No. Induk Karyawan',
      'NIP',
      'Nomor Pegawai',
      'No. Induk Pegawai',
      'Employee #',
      'Employee ID (wajib)',
      'Kode Karyawan',
    ],
  ],
  [
    'name',
    [
      'Nama Lengkap',
      'nama_lengkap',
      'Full Name*',
      'Nama\nLengkap',
      'Nama (required)',
      'Nama Lengkap (sesuai KTP)',
      'Nama Lengkap [wajib] *',
    ],
  ],
  [
    'email',
    [
      'E-mail',
      'e mail',
      'E\u2011Mail',
      'Alamat E-mail',
      '\uFEFFEmail',
      'Email?',
      'Email Pribadi',
      'Work E-mail',
      'Mail',
    ],
  ],
  [
    'phone',
    [
      'No. HP',
      'Nomor HP',
      'NO_HP',
      'no.hp',
      'No. Telepon',
      'Phone Number',
      'Handphone',
      'Telephone',
      'Phone #',
      'Phone No.',
      'No. Tlp',
      'No. WA',
      'WhatsApp',
      'No. HP / WA',
      'No. HP (aktif)',
      'Cellphone',
      'Nomor Ponsel',
    ],
  ],
  [
    'isActive',
    [
      'Is Active',
      'is_active',
      'IS-ACTIVE',
      'Active',
      'Status Aktif',
      'Is Active?',
      'Aktif ?',
      'Aktif (Ya/Tidak)',
      'Employee Status',
      'Status Karyawan',
    ],
  ],
  ['tagSerials', ['Tag Serials', 'tag_serials']],
  ['organizationSerial', ['Organization Serial']],
])('spaces, hyphens, dots, underscores and asterisks in the name of a column do not count: %s', (field, names) => {
  for (const name of names)
    expect(readHeader([...othersThan(field), name]).positions.get(field as never), name).toBe(4);
});

/** Four columns that a header needs beside this one. */
function othersThan(field: string): string[] {
  const needed = ['employeeID', 'name', 'isActive', 'email', 'phone'].filter((name) => name !== field);
  return needed.slice(0, 4);
}

test('a header that lacks a column, or has one twice, is told; an unknown one is ignored with a note', () => {
  const message = (cells: string[]): string => {
    try {
      return readHeader(cells).notes.join();
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(message(['NIK', 'Nama', 'Gaji', '', 'Surel', 'Status', 'errorLine'])).toBe(
    'ignored, as the name is unknown: "Gaji"',
  );
  expect(message(['Employee ID', 'NIK', 'Nama', 'Email', 'No HP', 'Status'])).toBe(
    'ignored, as "Employee ID" is the employee ID: "NIK"',
  );
  expect(message(['NIK', 'Nama', 'Aktif', 'Surel', 'ID Karyawan'])).toBe(
    'ignored, as "ID Karyawan" is the employee ID: "NIK"',
  );
  expect(message(['Employee ID', 'Nama', 'Phone', 'No. HP', 'Status'])).toBe(
    'the column phone is there twice: "Phone" and "No. HP"',
  );
  expect(message(['NIK', 'nik', 'Nama', 'Phone', 'Status'])).toBe(
    'the column employeeID is there twice: "NIK" and "nik"',
  );
  expect(message(['Nama', 'Surel'])).toMatch(/missing: employeeID \/ ID Karyawan \/ NIK; isActive \/ Aktif \/ Status/);
  expect(message(['NIK', 'Nama', 'Aktif'])).toMatch(/missing: email \/ phone/);
  expect(message(['NIK', 'Nama', 'Aktif', 'Email Pribadi', 'Email Kantor'])).toBe(
    'the column email is there twice: "Email Pribadi" and "Email Kantor"',
  );
  expect(message(['NIK', 'Nama', 'Status Karyawan', 'No WA', 'No HP', 'Aktif'])).toBe(
    'ignored, as "Aktif" is the isActive: "Status Karyawan",ignored, as "No HP" is the phone: "No WA"',
  );
  expect(
    message(['NIP', 'NIK (KTP)', 'Nama', 'Nama (panggilan)', 'Aktif', 'No HP', 'No HP (darurat)', 'Employee']),
  ).toBe('ignored, as the name is unknown: "NIK (KTP)", "Nama (panggilan)", "No HP (darurat)", "Employee"');
  expect(message(['Employee No.', 'Nama', 'Aktif', 'Surel', 'ID Karyawan'])).toBe(
    'the column employeeID is there twice: "Employee No." and "ID Karyawan"',
  );
});

test('words of isActive are read in any case, tags by any separator; other cells stay as they are', () => {
  const columns = readHeader(['employeeID', 'name', 'email', 'isActive', 'tagSerials']);
  const read = (isActive: string, tags = ''): unknown[] => {
    const input = inputOf([' E1', 'Budi ', 'a', isActive, tags], columns);
    expect([input.employeeID, input.name]).toEqual([' E1', 'Budi ']);
    return [input.isActive, input.tagSerials];
  };
  for (const word of [
    'TRUE',
    '1',
    'Yes',
    'ya',
    ' Aktif ',
    'Active',
    'BENAR',
    'Y',
    'aktif\u00A0',
    '1.0',
    '1,00',
    'ON',
    'Enabled',
    'iya',
    '✓',
    '✔\uFE0F',
  ])
    expect(read(word), word).toEqual([true, []]);
  for (const word of [
    'false',
    '0',
    'NO',
    'Tidak',
    'NonAktif',
    'Tidak Aktif',
    'Non-Aktif',
    'Inactive',
    'SALAH',
    'N',
    'not active',
    '0.0',
    'off',
    'Disabled',
    'In-Aktif',
    'Tdk Aktif',
    '✗',
  ])
    expect(read(word), word).toEqual([false, []]);
  for (const word of ['', 'maybe', '2', '10', '1.5', 'Tetap', 'aktif?', 'resign', 'resigned', 'x', 'v', 'n/a'])
    expect(read(word)).toEqual([word, []]);
  for (const tags of ['A B', 'A|B', ' A, B ', 'A;B', 'A\nB;']) expect(read('1', tags)).toEqual([true, ['A', 'B']]);
});

test('line ends, tabs and no-break spaces around a cell are dropped, but in passwords; mere spaces are not', () => {
  const columns = readHeader(['employeeID', 'name', 'email', 'isActive', 'username', 'password']);
  for (const [around, kept] of [
    ['\n', ''],
    ['\r\n', ''],
    ['\t', ''],
    ['\u00A0', ''],
    [' \u00A0 ', ''],
    [' ', ' '],
    ['', ''],
  ] as const) {
    const input = inputOf(
      [`E1${around}`, `Siti${around}`, `a@b.c${around}`, `ya${around}`, `${around}siti`, `p${around}`],
      columns,
    );
    expect(input, JSON.stringify(around)).toEqual({
      employeeID: `E1${kept}`,
      name: `Siti${kept}`,
      email: `a@b.c${kept}`,
      isActive: true,
      username: `${kept}siti`,
      password: `p${around}`,
    });
  }
});

test.each([
  [';', '\r\n'],
  [',', '\n'],
  ['\t', '\r'],
  ['|', '\n'],
])('the first line sep=%s names the delimiter', async (delimiter, end) => {
  const cells = ['employeeID', 'name, title; etc', 'email', 'isActive'];
  const row = ['E1', '"Budi, S.H.; M.A."', 'a@example.com', 'ya'];
  for (const first of [`sep=${delimiter}`, `\uFEFFSEP=${delimiter}`, `"sep=${delimiter}"`, `sep=${delimiter};;;`]) {
    const csv = await opened([first, cells.join(delimiter), row.join(delimiter), ''].join(end));
    expect([csv.delimiter, csv.header, csv.rows, csv.lineEnd], first).toEqual([
      delimiter,
      delimiter === '\t' || delimiter === '|' ? cells : cells.flatMap((cell) => cell.split(delimiter)),
      1,
      end,
    ]);
    expect((await Array.fromAsync(csv.read())).map(({ line, cells: [id, name] }) => [line, id, name])).toEqual([
      [3, 'E1', 'Budi, S.H.; M.A.'],
    ]);
  }
});

test("what Excel does to cells is named, and a user's own oddity is not called Excel's", () => {
  for (const cell of ['6,28112E+12', '6.28112E+12', '8E+10'])
    expect(hintFor('phone', cell), cell).toMatch(/digits are lost/);
  for (const cell of ['2026-01-05 00:00:00', '2026-01-05', '5-Jan', '05-Mei', 'Agu-26', '1/5/2026', '05/01/26'])
    expect(hintFor('employeeID', cell), cell).toMatch(/made a date/);
  expect(hintFor('phone', '8112')).toMatch(/leading zeros/);
  expect(hintFor('phone', '#N/A')).toMatch(/error of a spreadsheet/);
  expect(hintFor('employeeID', 'E1 ')).toMatch(/space/);
  for (const [field, cell] of [
    ['employeeID', 'E-1'],
    ['employeeID', 'May'],
    ['phone', 'abc'],
    ['phone', '0811'],
    ['name', ''],
    ['email', '5-Jan'],
  ] as const)
    expect(hintFor(field, cell), cell).toBeNull();
  expect(lostLeadingZero('81122334455', '6281122334455')).toBe(true);
  for (const given of ['081122334455', '+6281122334455', '6281122334455'])
    expect(lostLeadingZero(given, '6281122334455'), given).toBe(false);
});

test('the set of a dry run knows every key it was given, no other one, each field apart; when full it takes no more', () => {
  const { keys, isFull } = makeSeenKeys(20_000);
  for (let n = 0; n < 20_000; n++) keys.employeeID.add(`e${n}`);
  expect(Array.from({ length: 20_000 }, (_, n) => keys.employeeID.has(`e${n}`)).includes(false)).toBe(false);
  expect(
    Array.from({ length: 20_000 }, (_, n) => keys.email.has(`e${n}`) || keys.employeeID.has(`f${n}`)).includes(true),
  ).toBe(false);
  expect(isFull()).toBe(false);
  const small = makeSeenKeys(10);
  for (let n = 0; n < 100; n++) small.keys.phone.add(String(n));
  expect([small.isFull(), small.keys.phone.has('0'), small.keys.phone.has('99')]).toEqual([true, true, false]);
});

test.each([
  ['blank lines', '\n,,,\n', 3, []],
  ['a title', 'Daftar Karyawan,,,\n', 2, [1]],
  ['titles and blank lines', '\uFEFFPT Maju,,,\n"Daftar\nKaryawan",,,\n\n', 5, [1, 2]],
])('%s above the header are skipped, and lines stay those of the file', async (_, above, headerLine, titles) => {
  const csv = await opened(`${above}${header}\nE1,Budi,a@example.com,ya\n`);
  expect([csv.header.join(), csv.headerLine, csv.rows]).toEqual([header, headerLine, 1]);
  expect(csv.titles.map(({ line }) => line)).toEqual(titles);
  expect((await Array.fromAsync(csv.read())).map(({ line }) => line)).toEqual([headerLine + 1]);
  expect(readHeader(csv.header, csv).notes).toHaveLength(titles.length);
});

test('the first line sep= may have spaces, and yields to a header with another delimiter', async () => {
  for (const [first, delimiter, kept] of [
    ['sep = ;', ';', 'sep = ;\n'],
    ['sep=,', ';', ''],
  ]) {
    const csv = await opened(`${first}\n${header.replaceAll(',', ';')}\nE1;Budi;a@example.com;ya\n`);
    expect([csv.delimiter, csv.headerLine, csv.rows, csv.separatorLine], first).toEqual([delimiter, 2, 1, kept]);
  }
});

test('Ctrl-Z at the end of a DOS file is not a part of it', async () => {
  for (const end of ['\u001A', '\r\n\u001A', '\r\n\u001A\r\n', `\r\n${'\u001A'.repeat(128)}`])
    expect((await rowsOf(`${header}\r\nE1,Budi,a@example.com,"ya"${end}`)).map(({ cells }) => cells)).toEqual([
      ['E1', 'Budi', 'a@example.com', 'ya'],
    ]);
});

test('spaces around a quoted cell are dropped, and no other space', async () => {
  const rows = await rowsOf(
    [
      header,
      'E1, "Budi, S.H.",  "a@example.com" , ya',
      '"E2 ,""x"" ", "Siti ""Ayu"", M.A." ,b "q" , ya ',
      ` E3, "Ani\n, "${''},"c" d," "`,
      '',
    ].join('\n'),
  );
  expect(rows.map(({ cells }) => cells)).toEqual([
    ['E1', 'Budi, S.H.', 'a@example.com', ' ya'],
    ['E2 ,"x" ', 'Siti "Ayu", M.A.', 'b "q" ', ' ya '],
    [' E3', 'Ani\n, ', '"c" d', ' '],
  ]);
});
