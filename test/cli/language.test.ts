import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { makeGateway } from '../../src/cli/gateway.ts';
import { makeTranslate } from '../../src/cli/language.ts';
import { operator } from './operator.ts';

const indonesian = { LANG: 'id_ID.UTF-8' };
const company = ['company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja'];

test.each([
  [{ LANG: 'id_ID.UTF-8' }, true],
  [{ LANG: 'id' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'id_ID' }, true],
  [{ LANG: 'id_ID', LC_MESSAGES: 'C' }, false],
  [{ LANG: 'C.UTF-8' }, false],
  [{}, false],
])('the language of %j is Indonesian: %s', (env, isIndonesian) => {
  expect(makeTranslate(env)('there is no user X') !== 'there is no user X').toBe(isIndonesian);
});

test('every help text is in both languages', () => {
  const textsOf = (command: Command): string[] => [
    command.description(),
    ...command.options.map(({ description }) => description),
    ...command.commands.flatMap(textsOf),
  ];
  const of = (env: object) =>
    textsOf(makeGateway({ env: { ...env }, out: () => undefined, err: () => undefined }, () => undefined));
  const translated = of(indonesian);
  expect(of({}).filter((text, at) => text !== '' && translated[at] === text)).toEqual([]);
});

test('what a command says is Indonesian, what a program reads stays as it is', async () => {
  const { cwd, json, run } = operator(indonesian);
  const created = await run(...company);
  expect([created.out, created.err]).toEqual([
    'Perusahaan RUKR telah dibuat.\n',
    `Basis data: SQLite ${join(cwd, 'data/gateway.db')}\n`,
  ]);
  expect((await run(...company)).err).toContain('perusahaan RUKR sudah ada\n');
  expect((await run('nothing')).err).toBe("galat: tidak ada perintah 'nothing'\n");
  expect((await run('tag', 'list', '--company', 'RUKR')).out).toBe('Tidak ada isinya.\n');
  expect((await run('company', 'list')).out).toMatch(/^code +name /);
  expect(Object.keys((await json('company', 'list'))[0])).toContain('signInUrl');
});

test('an import speaks Indonesian to a person, in its notes, refused rows and error file, and English to a program', async () => {
  const { cwd, json, run } = operator({ ...indonesian, SECRET_KEY: Buffer.alloc(32, 7).toString('base64') });
  await run(...company);
  const file = join(cwd, 'users.csv');
  writeFileSync(
    file,
    'DAFTAR  KARYAWAN\nemployeeID,name,phone,isActive,tagSerials,Gaji\nA1,Siti,812345678,true,,1\n' +
      '1E+10,,6591234568,mungkin,x y,2\nA3,Budi,081122334455,true,,3,4\n',
  );
  const arguments_ = ['import', file, '--company', 'RUKR'];
  const dryRun = await run(...arguments_, '--dry-run');
  expect(dryRun.err).toContain('Catatan: baris 1, di atas nama kolom, dilewati: "DAFTAR  KARYAWAN"\n');
  expect(dryRun.err).toContain('Catatan: diabaikan, karena namanya tidak dikenal: "Gaji"\n');
  expect(dryRun.err).toMatch(/^Memeriksa  100 %  3 dari 3 pengguna, [\d.]+\/detik$/m);
  const refused = [
    'ID karyawan hanya boleh berisi huruf a-z, A-Z dan angka 0-9, paling banyak 64 (Excel menyingkat nomor ini dan ' +
      'angkanya hilang: jadikan kolomnya teks lalu isi lagi); 10112 nama wajib diisi; 10120 isActive harus true atau ' +
      'false (yang dikenal: true/false, 1/0, yes/no, y/n, ya/tidak, aktif/nonaktif, active/inactive, on/off dan ' +
      'benar/salah); 11102 tidak ada tag dengan serial ini, yang ke-1 di sel itu; ' +
      '11102 tidak ada tag dengan serial ini, yang ke-2 di sel itu',
    'baris ini mempunyai 7 sel dan tajuknya 6: beri tanda kutip pada sel yang memuat pemisah',
  ];
  const rows = [`Baris 4: 10111 ${refused[0]}\n`, `Baris 5: 400 ${refused[1]}\n`];
  for (const row of rows) expect(dryRun.out).toContain(row);
  expect(dryRun.out).toContain('dibaca sebagai nomor nasional: 1, yang pertama di baris 3\n');
  expect(dryRun.out).toContain('3 dari 3 baris: 1 akan dibuat, 2 ditolak. Uji coba: tidak ada yang ditulis.\n');

  const report = JSON.parse((await run(...arguments_, '--json')).out);
  expect(report.firstRejected[0].detail).toMatch(
    /^employee id allows only letters .* 11102 there is no tag .*, the 2\./,
  );
  expect(report.notes).toContain('ignored, as the name is unknown: "Gaji"');
  const errorFile = readFileSync(join(cwd, 'users.errors.csv'), 'utf8');
  for (const sentence of refused) expect(errorFile).toContain(sentence);
  expect(Object.keys((await json('user', 'list', '--company', 'RUKR'))[0])).toContain('employeeID');
  writeFileSync(file, Buffer.from('employeeID,name,email,isActive\nA,Andr\xe9,a@example.com,1\n', 'latin1'));
  expect((await run(...arguments_)).err).toContain('baris 2 bukan UTF-8; berkas ini mungkin Windows-1252: di Excel, ');
});

test('the doctor speaks Indonesian: each check, what it found, and the remedy; a program reads English', async () => {
  const env = { ...indonesian, SMTP_URL: 'smtp://127.0.0.1:1', SMTP_NAME: 'a.invalid', PORT: 'x' };
  const { cwd, run } = operator(env);
  const { code, out } = await run('doctor');
  expect([code, out.split('\n').at(-2)]).toEqual([1, '4 dari 14 pemeriksaan gagal.']);
  expect(out).toMatch(/^baik {6}node: Node /);
  expect(out).toContain('\ndilewati  jam: basis data tidak dapat dipakai\n');
  expect(out).toMatch(/^gagal {5}konfigurasi: PORT salah, seharusnya port dari 0 .*; isi untuk gateway dan untuk /m);
  expect(out).toContain(
    `gagal     basis data: tidak ada basis data ${join(cwd, 'data/gateway.db')}: gateway membuatnya`,
  );
  expect(out).toMatch(/^gagal {5}server email: 127\.0\.0\.1:1 tidak menyapa: .* ECONNREFUSED .*; periksa SMTP_URL, /m);
  const { checks } = JSON.parse((await run('doctor', '--json')).out);
  expect(checks).toContainEqual({ check: 'clock', status: 'skipped', detail: 'the database cannot be used' });
});

test('a value is never read as a sentence: a table keeps its lines', () => {
  const translate = makeTranslate(indonesian);
  expect(translate('serial  name\nX       there is no user X')).toBe('serial  name\nX       there is no user X');
});
