import type { Catalogue } from '../../translate.ts';

const ofTheMachine: Catalogue = {
  ok: 'baik',
  failed: 'gagal',
  skipped: 'dilewati',
  configuration: 'konfigurasi',
  files: 'berkas',
  'is complete for production': 'lengkap untuk produksi',
  'is complete for development': 'lengkap untuk pengembangan',
  'set it for the gateway and this command': 'isi untuk gateway dan untuk perintah ini',
  'its variables are wrong': 'variabelnya salah',
  'this is a surprise: look at the place that the message names':
    'ini tidak terduga: periksa tempat yang disebut pesan itu',
  'Node {} is too old': 'Node {} terlalu lama',
  'use Node {} or later, or start the gateway by npm':
    'pakai Node {} atau yang lebih baru, atau jalankan gateway dengan npm',
  'Windows has no file modes': 'Windows tidak mempunyai mode berkas',
  'others may use {}': 'orang lain dapat memakai {}',
  'others may write into {}': 'orang lain dapat menulis ke {}',
  'this user cannot write {}': 'pengguna ini tidak dapat menulis {}',
  'give it to the user of the gateway, with chown, or run the doctor as that user':
    'serahkan kepada pengguna gateway, dengan chown, atau jalankan doctor sebagai pengguna itu',
  'there are none yet': 'belum ada',
  'only their owner can use {}': 'hanya pemiliknya yang dapat memakai {}',
  'the database is on another machine or has its own disk': 'basis data ada di mesin lain atau mempunyai disk sendiri',
  '{n} MiB are free in {}': '{n} MiB bebas di {}',
  'only {n} MiB are free in {}': 'hanya {n} MiB bebas di {}',
  'free space or move the file': 'kosongkan ruang atau pindahkan berkasnya',
};

const ofTheDatabase: Catalogue = {
  database: 'basis data',
  migrations: 'migrasi',
  clock: 'jam',
  'secret key': 'kunci rahasia',
  '{} answers': '{} menjawab',
  'the database cannot be used': 'basis data tidak dapat dipakai',
  'the database is of this version': 'basis data sesuai dengan versi ini',
  'make a backup, then install the version that fits, or start this one, which migrates':
    'buat cadangan, lalu pasang versi yang cocok, atau jalankan versi ini, yang memigrasikannya',
  'start the gateway once, or give this command the DATABASE_URL and the folder of the gateway':
    'jalankan gateway sekali, atau jalankan perintah ini dengan DATABASE_URL dan folder gateway',
  'check DATABASE_URL, and that the database runs and lets this user in':
    'periksa DATABASE_URL, dan apakah basis data berjalan dan menerima pengguna ini',
  'SQLite has the clock of this machine': 'SQLite memakai jam mesin ini',
  "differs from the database's by {n} s at least": 'berbeda dari jam basis data sedikitnya {n} detik',
  "differs from the database's by {n} s": 'berbeda dari jam basis data {n} detik',
  'let NTP set the clocks of both machines': 'biarkan NTP mengatur jam kedua mesin',
  'SECRET_KEY or SECRET_KEY_PREVIOUS is wrong': 'SECRET_KEY atau SECRET_KEY_PREVIOUS salah',
  'opens every queued mail': 'membuka setiap email antrean',
  'does not open {n} queued mails': 'tidak membuka {n} email antrean',
  'give the key that sealed them as SECRET_KEY_PREVIOUS, or resend the passwords':
    'berikan kunci yang menyegelnya sebagai SECRET_KEY_PREVIOUS, atau kirim ulang kata sandinya',
};

const ofTheMailServer: Catalogue = {
  'mail server': 'server email',
  'mail TLS': 'TLS email',
  'mail sign-in': 'masuk ke server email',
  'mails stay in the development mailbox': 'email tetap di kotak surat pengembangan',
  'the connection is encrypted': 'koneksinya terenkripsi',
  'is neither demanded nor used': 'tidak diwajibkan dan tidak dipakai',
  '{} greets': '{} menyapa',
  'the gateway is let in': 'gateway diterima',
  'SMTP_URL names no user': 'SMTP_URL tidak menyebut pengguna',
  'the mail server was not reached so far': 'server email belum terhubung sejauh itu',
  '{} does not greet: {}': '{} tidak menyapa: {}',
  'check SMTP_URL, the server and the firewall between': 'periksa SMTP_URL, servernya, dan firewall di antaranya',
  ['check scheme and port of SMTP_URL (smtps:// 465, smtp:// 587); ' +
  'NODE_EXTRA_CA_CERTS names the file of a private authority']:
    'periksa skema dan port SMTP_URL (smtps:// 465, smtp:// 587); ' +
    'NODE_EXTRA_CA_CERTS menyebut berkas otoritas pribadi',
  'the mail server does not let the gateway in: {…}': 'server email tidak menerima gateway: {…}',
  'it offers no sign-in': 'server itu tidak menyediakan cara masuk',
  'check user and password in SMTP_URL, percent-encoded':
    'periksa pengguna dan kata sandi di SMTP_URL, disandikan persen',
  'check SMTP_URL': 'periksa SMTP_URL',
  'is {}, which no mail server knows': 'adalah {}, yang tidak dikenal server email mana pun',
  'is the address {}': 'adalah alamat {}',
  '{} is not an address': '{} bukan alamat',
  '{} resolves to {}': '{} mengarah ke {}',
  '{} does not resolve ({})': '{} tidak mengarah ke mana pun ({})',
  "set it to this machine's public name, e.g. SMTP_NAME=gateway.example.com":
    'isi dengan nama publik mesin ini, mis. SMTP_NAME=gateway.example.com',
};

const ofPorts: Catalogue = {
  'takes a free port': 'memakai port yang bebas',
  '{} is free': '{} bebas',
  '{} is not allowed to this user': '{} tidak diizinkan untuk pengguna ini',
  'choose {} from 1024 on': 'pilih {} mulai 1024',
  'a gateway answers on {}': 'sebuah gateway menjawab di {}',
  'the gateway on {} is not ready': 'gateway di {} belum siap',
  'read its /health/ready and its log': 'baca /health/ready dan lognya',
  'another program uses {}': 'program lain memakai {}',
  'stop it, or choose another {}': 'hentikan program itu, atau pilih {} lain',
  'nothing can listen on {} ({})': 'tidak ada yang dapat memakai {} ({})',
  '{} must be an address of this machine, e.g. 127.0.0.1': '{} harus alamat mesin ini, mis. 127.0.0.1',
  'is not set: there are no metrics': 'belum diisi: tidak ada metrik',
};

/** What `gateway doctor` finds and advises, in Indonesian. */
export const doctor: Catalogue = { ...ofTheMachine, ...ofTheDatabase, ...ofTheMailServer, ...ofPorts };
