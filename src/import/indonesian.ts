import type { Catalogue } from '../translate.ts';
import { indonesianFields } from '../users/indonesian.ts';

const aboutFiles: Catalogue = {
  'there is no file {}': 'tidak ada berkas {}',
  '{} cannot be read: {}': '{} tidak dapat dibaca: {}',
  '{} is not a file; it is read twice, so that it cannot be a pipe':
    '{} bukan berkas; isinya dibaca dua kali, jadi tidak boleh berupa pipe',
  '{} was changed while it was read': '{} diubah selagi dibaca',
  '{} cannot be read, or it was changed since it was chosen: choose it again':
    '{} tidak dapat dibaca, atau diubah setelah dipilih: pilih lagi',
  'open this page through https': 'buka halaman ini lewat https',
  '{} is empty: line 1 must name the columns': '{} kosong: baris 1 harus berisi nama kolom',
  'this is {…}: unpack it, and import the CSV file in it': 'ini {…}: buka arsipnya, lalu impor berkas CSV di dalamnya',
  'this is {…}: in Excel, save it as "CSV UTF-8"': 'ini {…}: di Excel, simpan sebagai "CSV UTF-8"',
  'an OpenDocument spreadsheet': 'lembar kerja OpenDocument',
  'an Excel workbook': 'buku kerja Excel',
  'a ZIP archive': 'arsip ZIP',
  'a gzip archive': 'arsip gzip',
  'a compressed archive': 'arsip terkompresi',
  'a PDF': 'PDF',
  'a web page or XML': 'halaman web atau XML',
  'a file in UTF-16': 'berkas UTF-16',
  'line {n} is not UTF-8; the file may be Windows-1252: in Excel, save it as "CSV UTF-8"':
    'baris {n} bukan UTF-8; berkas ini mungkin Windows-1252: di Excel, simpan sebagai "CSV UTF-8"',
  'the row at line {n} is longer than {n} bytes; is a quote never closed?':
    'data di baris {n} lebih dari {n} byte; adakah tanda kutip yang tidak ditutup?',
  'the row at line {n} has more than {n} cells': 'data di baris {n} mempunyai lebih dari {n} sel',
  'the row at line {n} opens a quote that is never closed':
    'data di baris {n} membuka tanda kutip yang tidak pernah ditutup',
  'the row at line {n} cannot be read: {}': 'data di baris {n} tidak dapat dibaca: {}',
  '{} is the path for rejected rows, but it is not a file of rejected rows: move it away':
    '{} adalah tempat baris yang ditolak, tetapi isinya bukan baris yang ditolak: pindahkan berkas itu',
  '{} is the path for rejected rows, but it cannot be read: {}':
    '{} adalah tempat baris yang ditolak, tetapi tidak dapat dibaca: {}',
};

const aboutColumns: Catalogue = {
  'line {n} must name the columns, and these are missing: {}. Found: {}':
    'baris {n} harus berisi nama kolom, dan yang ini belum ada: {}. Ditemukan: {}',
  'line {n} must name the columns, and these are missing: {}':
    'baris {n} harus berisi nama kolom, dan yang ini belum ada: {}',
  'the column {} is there twice: {} and {}': 'kolom {} ada dua kali: {} dan {}',
  'line {n}, above the names of the columns, was skipped: {}': 'baris {n}, di atas nama kolom, dilewati: {}',
  'ignored, as {} is the {…}: {}': 'diabaikan, karena {} adalah {…}: {}',
  'employee ID': 'ID karyawan',
  'ignored, as the name is unknown: {}': 'diabaikan, karena namanya tidak dikenal: {}',
};

const aboutRows: Catalogue = {
  ['phones with neither a 0 nor a country code in front, as Excel drops leading zeros, ' +
  'were read as national numbers: {…}']:
    'telepon tanpa 0 dan tanpa kode negara di depan, karena Excel membuang nol di depan, ' +
    'dibaca sebagai nomor nasional: {…}',
  ['employee IDs of more than 15 digits end in 0, and Excel keeps 15 digits only: ' +
  'compare them with their source: {…}']:
    'ID karyawan lebih dari 15 angka berakhir dengan 0, padahal Excel hanya menyimpan 15 angka: ' +
    'bandingkan dengan sumbernya: {…}',
  ['employee IDs in the column NIK have 16 digits, as national identity numbers (KTP) have: ' +
  'is this the right column?: {…}']:
    'ID karyawan di kolom NIK mempunyai 16 angka, seperti nomor KTP: ' + 'apakah ini kolom yang benar?: {…}',
  '{n}, the first at line {n}': '{n}, yang pertama di baris {n}',
  'the file is so large that this dry run did not look for duplicates among all of its rows':
    'berkas ini begitu besar sehingga uji coba ini tidak mencari nilai ganda di antara semua barisnya',
  'the row has {n} cells and the header {n}: put a cell that holds the delimiter into quotes':
    'baris ini mempunyai {n} sel dan tajuknya {n}: beri tanda kutip pada sel yang memuat pemisah',
  ', the {n}. of the cell': ', yang ke-{n} di sel itu',
  'Excel shortened this number and its digits are lost: format the column as text and fill it in again':
    'Excel menyingkat nomor ini dan angkanya hilang: jadikan kolomnya teks lalu isi lagi',
  'this is an error of a spreadsheet, not a value': 'ini galat dari lembar kerja, bukan nilai',
  'Excel made a date of this: format the column as text and fill it in again':
    'Excel mengubahnya menjadi tanggal: jadikan kolomnya teks lalu isi lagi',
  'a space stands before or after it': 'ada spasi di depan atau di belakangnya',
  'Excel drops leading zeros: is one missing here?': 'Excel membuang nol di depan: adakah yang hilang di sini?',
  'it reads true/false, 1/0, yes/no, y/n, ya/tidak, aktif/nonaktif, active/inactive, on/off and benar/salah':
    'yang dikenal: true/false, 1/0, yes/no, y/n, ya/tidak, aktif/nonaktif, active/inactive, on/off dan benar/salah',
  '{n} of {n} rows are done.': '{n} dari {n} baris selesai.',
  '{n} of {n} rows are done; the same command goes on from there.':
    '{n} dari {n} baris selesai; perintah yang sama melanjutkan dari situ.',
};

const aboutTheGateway: Catalogue = {
  'the gateway at {} does not take the rows': 'gateway di {} tidak menerima baris-baris ini',
  'the gateway at {} does not take the rows: {…}': 'gateway di {} tidak menerima baris-baris ini: {…}',
  'the gateway at {} gives no token': 'gateway di {} tidak memberi token',
  'the token call is refused: {…}': 'permintaan token ditolak: {…}',
  'Credentials does not match in our records': 'ID klien atau rahasianya tidak cocok',
  'the gateway refuses the call: {…}': 'gateway menolak panggilan ini: {…}',
  'the gateway refuses a row without a problem': 'gateway menolak sebuah baris tanpa alasan',
  'the gateway answers a kind of result that this import does not know':
    'gateway menjawab dengan jenis hasil yang tidak dikenal impor ini',
  ['the gateway reads these rows differently from an import of this file within the last 24 hours, ' +
  'as if its configuration had changed ({n})']:
    'gateway membaca baris-baris ini berbeda dari impor berkas ini dalam 24 jam terakhir, ' +
    'seakan konfigurasinya berubah ({n})',
  '{} redirects to another address: give that one': '{} mengalihkan ke alamat lain: pakai alamat itu',
  '{} does not answer JSON: is it the address of the gateway?': '{} tidak menjawab JSON: apakah itu alamat gateway?',
  'waiting {n} s for the gateway: {…}': 'menunggu gateway {n} detik: {…}',
  'it is still busy with these rows': 'masih sibuk dengan baris-baris ini',
  'it answered {}': 'jawabannya {}',
  'it answered {n} to the token call': 'jawabannya {n} untuk permintaan token',
  'no answer ({})': 'tidak ada jawaban ({})',
  'access token lacks the scope {}': 'token akses tidak mempunyai scope {}',
  '{n} users are more than the {n} of a minute, try again in {n} s':
    '{n} pengguna melebihi batas {n} per menit, coba lagi dalam {n} detik',
  'more than {n} users in a minute, try again in {n} s':
    'lebih dari {n} pengguna dalam satu menit, coba lagi dalam {n} detik',
};

/** What an import says about a file, its rows and the gateway, in Indonesian. */
export const indonesianImport: Catalogue = {
  ...indonesianFields,
  ...aboutFiles,
  ...aboutColumns,
  ...aboutRows,
  ...aboutTheGateway,
};
