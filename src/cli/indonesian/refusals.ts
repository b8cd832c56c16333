import type { Catalogue } from '../../translate.ts';

const ofCommands: Catalogue = {
  'company {} already exists': 'perusahaan {} sudah ada',
  'give what to change: --name, --mail-locale, --sign-in-url or --reply-to':
    'sebutkan yang diubah: --name, --mail-locale, --sign-in-url, atau --reply-to',
  'there is no company {}; create it with: {}': 'tidak ada perusahaan {}; buat dengan: {}',
  'there is no client {}, or it is revoked': 'tidak ada klien {}, atau sudah dicabut',
  'there is no client {}, or it is already revoked': 'tidak ada klien {}, atau sudah dicabut',
  'there is no user {}': 'tidak ada pengguna {}',
  'there is no mail {}': 'tidak ada email {}',
  'give either the id of a mail, or --all, or --error and --domain':
    'beri id sebuah email, atau --all, atau --error dan --domain',
  'line {n} of {} is not the id of a mail': 'baris {n} dari {} bukan id sebuah email',
  'mail {} is not in the dead letter': 'email {} tidak termasuk yang gagal',
  'the password of mail {} was erased after 7 days in the dead letter; set a new one':
    'kata sandi email {} telah dihapus setelah 7 hari gagal; buat yang baru',
  'stopped, nothing is left behind': 'dihentikan, tidak ada yang tertinggal',
  'Stopped before the first row was done.': 'Dihentikan sebelum baris pertama selesai.',
  ['error: give either --company, for the database in DATABASE_URL, or --url, for a gateway and ' +
  'the company of its client']:
    'galat: beri --company, untuk basis data DATABASE_URL, atau --url, untuk gateway dan perusahaan kliennya',
  'error: --url must be the address of a gateway, e.g. https://gateway.example.com':
    'galat: --url harus alamat gateway, mis. https://gateway.example.com',
  'error: --url needs --client-id, and the secret in the variable CLIENT_SECRET or in --client-secret':
    'galat: --url perlu --client-id, dan rahasianya di variabel CLIENT_SECRET atau di --client-secret',
};

const ofTheDatabase: Catalogue = {
  'there is no database {}: the first start of the gateway creates it, or gateway company create':
    'tidak ada basis data {}: gateway membuatnya saat pertama dijalankan, begitu pula gateway company create',
  '{…} holds nothing of the gateway: its first start creates it, or gateway company create':
    '{…} tidak memuat apa pun dari gateway: gateway membuatnya saat pertama dijalankan, ' +
    'begitu pula gateway company create',
  'the Postgres database {} on {}': 'basis data Postgres {} di {}',
  'the database of DATABASE_URL cannot be opened: {…}': 'basis data DATABASE_URL tidak dapat dibuka: {…}',
  '{} is not a file': '{} bukan berkas',
  '{} cannot be opened as a database: {}': '{} tidak dapat dibuka sebagai basis data: {}',
  '{} cannot be opened or created: {}': '{} tidak dapat dibuka atau dibuat: {}',
  ['{…} is of a later version of the gateway: its schema is of {…}, this version knows that of {}; ' +
  'use the later version, or a backup from before it']:
    '{…} berasal dari versi gateway yang lebih baru: skemanya dari {…}, versi ini mengenal yang dari {}; ' +
    'pakai versi yang lebih baru itu, atau cadangan dari sebelumnya',
  'an unknown date': 'tanggal yang tidak diketahui',
  ['{…} is of an earlier version of the gateway: a start of this version, or a command that writes, ' +
  'brings it up to date']:
    '{…} berasal dari versi gateway yang lebih lama: menjalankan versi ini, atau perintah yang menulis, ' +
    'memperbaruinya',
  '{…} is the database of another program': '{…} adalah basis data program lain',
  'the database must have the encoding UTF8, it has {}': 'pengodean basis data harus UTF8, ini {}',
  'an unfinished copy is in this database: give the command gateway migrate-data once more':
    'ada salinan yang belum selesai di basis data ini: jalankan gateway migrate-data sekali lagi',
  'the database cannot write now': 'basis data sedang tidak dapat menulis',
  'the database cannot write now: {}': 'basis data sedang tidak dapat menulis: {}',
  'the database is busy': 'basis data sedang sibuk',
  'the database is busy: {}': 'basis data sedang sibuk: {}',
  'the database does not answer': 'basis data tidak menjawab',
  'the connection to the database was lost': 'koneksi ke basis data terputus',
  'the connection to the database was lost: {}': 'koneksi ke basis data terputus: {}',
  'other calls of the company are still running': 'panggilan lain dari perusahaan ini masih berjalan',
  'other calls kept changing the same users': 'panggilan lain terus mengubah pengguna yang sama',
  'a free serial was not found': 'serial yang belum dipakai tidak ditemukan',
};

const ofCopies: Catalogue = {
  ['DATABASE_URL is a Postgres, which is backed up by its own tools: pg_dump, or continuous ' +
  'archiving (see docs/operate.md, Back up)']:
    'DATABASE_URL adalah Postgres, yang dicadangkan dengan alatnya sendiri: pg_dump, atau ' +
    'pengarsipan terus-menerus (lihat docs/operate.md, Back up)',
  'there is no folder {}: create it first': 'tidak ada folder {}: buat dahulu',
  '{} cannot be written: {}': '{} tidak dapat ditulis: {}',
  'the copy is damaged, and so may be the database: {}': 'salinannya rusak, dan mungkin juga basis datanya: {}',
  'the file {} already exists; a backup does not replace a file': 'berkas {} sudah ada; cadangan tidak menimpa berkas',
  '--from must be the address of an SQLite file, e.g. file:data/gateway.db':
    '--from harus alamat berkas SQLite, mis. file:data/gateway.db',
  ['--to must be the address of a Postgres database with user and password percent-encoded, ' +
  'e.g. postgres://user:p%40ssword@db.example.com/gateway']:
    '--to harus alamat basis data Postgres dengan pengguna dan kata sandi yang disandikan persen, ' +
    'mis. postgres://user:p%40ssword@db.example.com/gateway',
  'stopped while {…}: {n} of {n} rows; the same command continues':
    'dihentikan selagi {…}: {n} dari {n} baris; perintah yang sama melanjutkan',
  reading: 'membaca',
  copying: 'menyalin',
  checking: 'memeriksa',
  '{} has {n} rows in the source and {n} in the target. {…}': '{} mempunyai {n} baris di sumber dan {n} di tujuan. {…}',
  'the rows of {} in the target are not those of the source. {…}': 'baris {} di tujuan bukan baris sumbernya. {…}',
  'Drop the target, create it again and give the same command.':
    'Hapus tujuannya, buat lagi, lalu jalankan perintah yang sama.',
  'the source was written to during the copy. Stop every gateway on it. {…}':
    'sumbernya ditulisi selama penyalinan. Hentikan setiap gateway yang memakainya. {…}',
  'Then try again.': 'Lalu coba lagi.',
  'the target holds an unfinished copy of another source, or this one was written to since: see {}. {…}':
    'tujuannya memuat salinan sumber lain yang belum selesai, atau sumber ini ditulisi sesudahnya: lihat {}. {…}',
  'another copy into the target is under way': 'penyalinan lain ke tujuan ini sedang berjalan',
  'the target must have the encoding UTF8, it has {}': 'pengodean tujuan harus UTF8, ini {}',
  'the target is not empty: there are rows in {}; a copy needs a new database':
    'tujuannya tidak kosong: ada baris di {}; penyalinan memerlukan basis data baru',
  'a gateway runs on the target, where it would send the mails of an unfinished copy: stop it first':
    'ada gateway yang berjalan pada tujuan itu dan akan mengirim email dari salinan yang belum selesai: ' +
    'hentikan dahulu',
  'the target cannot be reached: {}': 'tujuannya tidak dapat dihubungi: {}',
};

/** What commander says of wrong usage, and the rules of our options. */
const ofUsage: Catalogue = {
  "error: unknown command '{}'": "galat: tidak ada perintah '{}'",
  "error: unknown option '{}'": "galat: tidak ada opsi '{}'",
  "error: required option '{}' not specified": "galat: opsi '{}' wajib diisi",
  "error: missing required argument '{}'": "galat: argumen '{}' wajib diisi",
  "error: option '{}' argument missing": "galat: opsi '{}' perlu nilai",
  "error: too many arguments for '{}'. Expected {n} argument but got {n}: {}":
    "galat: terlalu banyak argumen untuk '{}'. Yang diharapkan {n}, yang diberikan {n}: {}",
  "error: too many arguments for '{}'. Expected {n} arguments but got {n}: {}":
    "galat: terlalu banyak argumen untuk '{}'. Yang diharapkan {n}, yang diberikan {n}: {}",
  "error: option '{}' argument '{}' is invalid. {…}": "galat: opsi '{}' tidak menerima nilai '{}'. {…}",
  "error: command-argument value '{}' is invalid for argument '{}'. {…}":
    "galat: nilai '{}' tidak diterima untuk argumen '{}'. {…}",
  'Allowed choices are {}.': 'Pilihannya: {}.',
  '(Did you mean {}?)': '(Maksud Anda {}?)',
  '(Did you mean one of {}?)': '(Maksud Anda salah satu dari {}?)',
  'It must be four letters A-Z, e.g. {}.': 'Harus empat huruf A-Z, mis. {}.',
  'It must have 1 to 200 characters and no control characters.': 'Harus 1 sampai 200 karakter, tanpa karakter kontrol.',
  'It must be a number from 1 to 999999.': 'Harus angka dari 1 sampai 999999.',
  'It must not be empty.': 'Tidak boleh kosong.',
  'It must be a number with s, m, h or d, e.g. 90s, 10m, 2h or 7d.':
    'Harus angka dengan s, m, h, atau d, mis. 90s, 10m, 2h, atau 7d.',
  'It must be an address of http or https, e.g. https://app.example.com/login.':
    'Harus alamat http atau https, mis. https://app.example.com/login.',
  'It must be a mail address with or without a name, e.g. HR <hr@example.com>.':
    'Harus alamat email dengan atau tanpa nama, mis. HR <hr@example.com>.',
  'There is no {}; it takes: {}': 'Tidak ada {}; yang diterima: {}',
};

/** Why a command is refused, in Indonesian. */
export const refusals: Catalogue = { ...ofCommands, ...ofTheDatabase, ...ofCopies, ...ofUsage };
