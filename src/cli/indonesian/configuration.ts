import type { Catalogue } from '../../translate.ts';

/** What a wrong variable should be, in Indonesian. */
export const configuration: Catalogue = {
  '{} is wrong, it must be {…}': '{} salah, seharusnya {…}',
  '{} is not set, in production it must be {…}': '{} belum diisi, dalam produksi seharusnya {…}',
  'DATABASE_URL is wrong: {…}; it must be a file that can be written or a Postgres database, e.g. file:data/gateway.db':
    'DATABASE_URL salah: {…}; seharusnya berkas yang dapat ditulis atau basis data Postgres, ' +
    'mis. file:data/gateway.db',
  'HOST is not a loopback address: development shows secrets; set NODE_ENV=production, or e.g. HOST=127.0.0.1':
    'HOST bukan alamat loopback: mode pengembangan memperlihatkan rahasia; ' +
    'pakai NODE_ENV=production, atau mis. HOST=127.0.0.1',
  'a port from 0 to 65535 (0 takes a free one), e.g. {}': 'port dari 0 sampai 65535 (0 memakai yang bebas), mis. {}',
  'the address of an SQLite file or of a Postgres database, {…}, e.g. {} or {}':
    'alamat berkas SQLite atau basis data Postgres, {…}, mis. {} atau {}',
  'a file or a Postgres database, because users in memory would be lost, e.g. {}':
    'berkas atau basis data Postgres, karena pengguna di memori akan hilang, mis. {}',
  'the address of a mail server, {…}, e.g. {}': 'alamat server email, {…}, mis. {}',
  'with special characters of user and password percent-encoded (# is %23, / is %2F, ? is %3F, @ is %40, % is %25)':
    'dengan karakter khusus pada pengguna dan kata sandi disandikan persen ' +
    '(# menjadi %23, / menjadi %2F, ? menjadi %3F, @ menjadi %40, % menjadi %25)',
  'the address of a mail server, e.g. {}': 'alamat server email, mis. {}',
  'the address of the database, e.g. {}': 'alamat basis data, mis. {}',
  'the sender of the mails, e.g. {}': 'pengirim email, mis. {}',
  'a mail address with or without a name, e.g. {}': 'alamat email dengan atau tanpa nama, mis. {}',
  'the domain that the gateway calls itself in EHLO, e.g. {}': 'domain yang disebut gateway dalam EHLO, mis. {}',
  'an address of http or https, e.g. {}': 'alamat http atau https, mis. {}',
  'the address at which clients reach the gateway, e.g. {}': 'alamat gateway bagi kliennya, mis. {}',
  '32 bytes in base64, e.g. the output of: {}': '32 byte dalam base64, mis. keluaran: {}',
  'the number of mails a second over all processes, 0 for no limit, e.g. {}':
    'jumlah email per detik dari semua proses, 0 tanpa batas, mis. {}',
  'the number of mails a day over all processes, 0 for no limit, e.g. {}':
    'jumlah email per hari dari semua proses, 0 tanpa batas, mis. {}',
  'a number of connections to the mail server from 1 to 1000, e.g. {}':
    'jumlah koneksi ke server email dari 1 sampai 1000, mis. {}',
  '1 to start with the delivery held, or 0, e.g. {}': '1 untuk mulai dengan pengiriman ditahan, atau 0, mis. {}',
  'id or en, e.g. {}': 'id atau en, mis. {}',
  'a country code of ISO 3166-1 alpha-2 in upper case, e.g. {}':
    'kode negara ISO 3166-1 alpha-2 dalam huruf besar, mis. {}',
  'a number of characters from 8 to 128, e.g. {}': 'jumlah karakter dari 8 sampai 128, mis. {}',
  'fast or full, e.g. {}': 'fast atau full, mis. {}',
  'the number of users that a client may ask to create in a minute, 0 for no limit, e.g. {}':
    'jumlah pengguna yang boleh diminta sebuah klien dalam satu menit, 0 tanpa batas, mis. {}',
  'a number of bytes from 1024, e.g. {}': 'jumlah byte mulai 1024, mis. {}',
  'a number of seconds from 1 to 3600, e.g. {}': 'jumlah detik dari 1 sampai 3600, mis. {}',
  'how many proxies in front may name the address of the client, e.g. {}':
    'berapa proxy di depan yang boleh menyebut alamat klien, mis. {}',
  'one of trace, debug, info, warn, error, fatal, silent, e.g. {}':
    'salah satu dari trace, debug, info, warn, error, fatal, silent, mis. {}',
};
