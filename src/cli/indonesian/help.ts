import type { Catalogue } from '../../translate.ts';

/** What `--help` says, in Indonesian. */
export const help: Catalogue = {
  'Usage:': 'Pemakaian:',
  'Arguments:': 'Argumen:',
  'Options:': 'Opsi:',
  'Global Options:': 'Opsi umum:',
  'Commands:': 'Perintah:',
  'Examples:': 'Contoh:',
  'display help for command': 'menampilkan bantuan perintah ini',
  'output the version number': 'menampilkan nomor versi',
  'print one JSON value and nothing else': 'mencetak satu nilai JSON saja',
  ['Companies, clients, tags, organizations, users and mails of the gateway in DATABASE_URL; its ' +
  'backup and its move to Postgres.']:
    'Perusahaan, klien, tag, organisasi, pengguna, dan email gateway di DATABASE_URL; cadangannya ' +
    'dan kepindahannya ke Postgres.',
  Companies: 'Perusahaan',
  'create a company': 'membuat perusahaan',
  'four letters A-Z, unique': 'empat huruf A-Z, unik',
  'its name': 'namanya',
  'language of its mails; without it MAIL_LOCALE': 'bahasa emailnya; tanpa ini MAIL_LOCALE',
  'where its employees sign in; without it SIGN_IN_URL': 'tempat karyawannya masuk; tanpa ini SIGN_IN_URL',
  'whom its employees ask; without it MAIL_REPLY_TO': 'tempat karyawannya bertanya; tanpa ini MAIL_REPLY_TO',
  'change what is given; an empty --sign-in-url or --reply-to takes that of the installation again':
    'mengubah yang disebut; --sign-in-url atau --reply-to yang kosong kembali memakai milik instalasi',
  'list companies by their codes': 'mendaftar perusahaan menurut kodenya',
  'API clients and their secrets': 'Klien API dan rahasianya',
  'create a client; its secret is shown once': 'membuat klien; rahasianya ditampilkan sekali saja',
  'the company, four letters A-Z': 'perusahaan, empat huruf A-Z',
  'separated by spaces, of: {}': 'dipisah spasi, dari: {}',
  'list clients, newest first': 'mendaftar klien, yang terbaru lebih dulu',
  'of this company only': 'hanya milik perusahaan ini',
  'replace its secret; the old one and all tokens end at once':
    'mengganti rahasianya; yang lama dan semua token langsung berakhir',
  'end a client and all its tokens at once': 'mengakhiri klien dan semua tokennya seketika',
  'issue a fresh access token of a client, with all its scopes':
    'menerbitkan token akses baru dengan semua scope klien',
  'Units of a company': 'Unit perusahaan',
  'create an organization': 'membuat organisasi',
  'the unit above it': 'unit di atasnya',
  'takes no new users': 'tidak menerima pengguna baru',
  'list organizations in the order of creation': 'mendaftar organisasi menurut urutan pembuatan',
  'Tags of a company': 'Tag perusahaan',
  'create a tag': 'membuat tag',
  'list tags in the order of creation': 'mendaftar tag menurut urutan pembuatan',
  'at most so many': 'paling banyak sekian',
  'Users of a company': 'Pengguna perusahaan',
  'list users in the order of creation': 'mendaftar pengguna menurut urutan pembuatan',
  'show one user': 'menampilkan satu pengguna',
  'The outbox': 'Kotak keluar',
  'list mails, newest first': 'mendaftar email, yang terbaru lebih dulu',
  'only these': 'hanya yang ini',
  'send a mail of the dead letter again': 'mengirim ulang email yang gagal',
  'send a mail of the dead letter again, or many': 'mengirim ulang satu atau banyak email yang gagal',
  'only those whose last error has this text': 'hanya yang galat terakhirnya memuat teks ini',
  'only those to this domain': 'hanya yang ke domain ini',
  'only those queued so long ago, e.g. 10m': 'hanya yang sudah mengantre selama ini, mis. 10m',
  'every mail of the dead letter': 'setiap email yang gagal',
  'show a mail with its attempts and what the mail server answered':
    'menampilkan email dengan percobaannya dan jawaban server email',
  'stop the delivery of all processes': 'menghentikan pengiriman semua proses',
  'start the delivery again': 'menjalankan pengiriman lagi',
  'after a restore: mark the queued mails as sent whose ids are in a file, one a line':
    'setelah pemulihan: menandai terkirim email antrean yang id-nya ada di berkas, satu per baris',
  'erase a user and every personal value of it, for good':
    'menghapus pengguna dan setiap data pribadinya, untuk selamanya',
  'copy the SQLite database into a new file, while the gateway runs':
    'menyalin basis data SQLite ke berkas baru, selagi gateway berjalan',
  'copy everything into Postgres; continues where it was stopped':
    'menyalin semuanya ke Postgres; melanjutkan dari tempat terhenti',
  'the SQLite file to copy, file:…; stop the gateway first':
    'berkas SQLite yang disalin, file:…; hentikan gateway lebih dulu',
  'an empty Postgres database, postgres://…': 'basis data Postgres yang kosong, postgres://…',
  'make every check, write nothing': 'memeriksa semuanya, tidak menulis apa pun',
  'check the gateway and what it depends on; reads only': 'memeriksa gateway dan yang dibutuhkannya; hanya membaca',
  'Create a user of each row of a CSV file, or change it; started again, it goes on where it was stopped':
    'Membuat atau mengubah pengguna dari tiap baris berkas CSV; bila dijalankan lagi, melanjutkan dari tempat terhenti',
  'into this company of the database in DATABASE_URL': 'ke perusahaan ini di basis data DATABASE_URL',
  'through the API of the gateway at this address, e.g. https://gateway.example.com':
    'lewat API gateway di alamat ini, mis. https://gateway.example.com',
  'with --url: the client': 'dengan --url: kliennya',
  'with --url: its secret; better in the variable CLIENT_SECRET, as others see the words of a command':
    'dengan --url: rahasianya; lebih baik di variabel CLIENT_SECRET, karena orang lain dapat ' +
    'melihat kata-kata perintah',
  'change users who are there, by employee ID, instead of refusing their rows':
    'mengubah pengguna yang sudah ada, menurut ID karyawan, alih-alih menolak barisnya',
  'the same, and create nobody': 'sama, dan tidak membuat siapa pun',
  'print a file without rows': 'mencetak berkas tanpa baris',
  'print the completion of a shell, made of the commands that there are':
    'mencetak pelengkap perintah untuk sebuah shell, dari perintah yang ada',
  '[options]': '[opsi]',
  '[command]': '[perintah]',
  '{…} (choices: {})': '{…} (pilihan: {})',
  '{…} (choices: {}, default: {})': '{…} (pilihan: {}, bawaan: {})',
  '{…} (default: {})': '{…} (bawaan: {})',
};
