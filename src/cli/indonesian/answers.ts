import type { Catalogue } from '../../translate.ts';

/** What commands say when they did their work, in Indonesian. */
export const answers: Catalogue = {
  'Database: {}': 'Basis data: {}',
  'Company {} was created.': 'Perusahaan {} telah dibuat.',
  'Company {} was changed.': 'Perusahaan {} telah diubah.',
  'Tag {} was created.': 'Tag {} telah dibuat.',
  'Organization {} was created.': 'Organisasi {} telah dibuat.',
  'Client {} and its tokens have ended.': 'Klien {} dan tokennya telah berakhir.',
  'The secret is shown this once only: keep it now.': 'Rahasia ini hanya ditampilkan sekali: simpan sekarang.',
  'User {} is erased. Backups made before still hold it.':
    'Pengguna {} telah dihapus. Cadangan yang dibuat sebelumnya masih memuatnya.',
  'The delivery is held: mails are queued and not sent until gateway mail release.':
    'Pengiriman ditahan: email masuk antrean dan tidak dikirim sampai gateway mail release.',
  'The delivery goes on.': 'Pengiriman berjalan lagi.',
  '{n} mail is queued again.': '{n} email masuk antrean lagi.',
  '{n} mails are queued again.': '{n} email masuk antrean lagi.',
  'Mail {} is queued again.': 'Email {} masuk antrean lagi.',
  'Nothing to list.': 'Tidak ada isinya.',
  '… and more: --limit {} shows up to {n}.': '… dan lainnya: --limit {} menampilkan sampai {n}.',
  '{} was written and checked, {n} bytes.': '{} telah ditulis dan diperiksa, {n} byte.',
  'Dry run: {n} rows would be copied, nothing was written.':
    'Uji coba: {n} baris akan disalin, tidak ada yang ditulis.',
  '{n} rows were copied; counts and checksums of both sides are equal.':
    '{n} baris telah disalin; jumlah dan checksum kedua sisi sama.',
  '{n} rows were there from an earlier run.': '{n} baris sudah ada dari proses sebelumnya.',
  'Nothing is wrong.': 'Tidak ada yang salah.',
  '{n} of {n} checks failed.': '{n} dari {n} pemeriksaan gagal.',
  'Client ID': 'ID klien',
  'Client secret': 'Rahasia klien',
  '{n} queued mails were marked as sent.': '{n} email antrean ditandai terkirim.',
  'No attempt has ended yet.': 'Belum ada percobaan yang selesai.',
  // Progress
  '{n} of {n} {…}, {n}/s': '{n} dari {n} {…}, {n}/detik',
  ', {} left': ', sisa {}',
  Importing: 'Mengimpor',
  Checking: 'Memeriksa',
  Reading: 'Membaca',
  Copying: 'Menyalin',
  users: 'pengguna',
  rows: 'baris',
  pages: 'halaman',
  bytes: 'byte',
  // The import
  'Note: {…}': 'Catatan: {…}',
  'Line {n}: {n} {}': 'Baris {n}: {n} {}',
  '… and {n} more': '… dan {n} lagi',
  '{n} would be created': '{n} akan dibuat',
  '{n} created': '{n} dibuat',
  '{n} updated': '{n} diubah',
  '{n} unchanged': '{n} tetap',
  '{n} were created by an earlier run': '{n} dibuat oleh proses sebelumnya',
  '{n} rejected': '{n} ditolak',
  '{n} of {n} rows: {}. A dry run: nothing was written.': '{n} dari {n} baris: {}. Uji coba: tidak ada yang ditulis.',
  '{n} of {n} rows: {}.': '{n} dari {n} baris: {}.',
  'The rejected rows are in {}: correct them there and import that file.':
    'Baris yang ditolak ada di {}: perbaiki di sana, lalu impor berkas itu.',
  'Stopped. The same command goes on from there.': 'Dihentikan. Perintah yang sama melanjutkan dari situ.',
  'Stopped before the first row was done.': 'Dihentikan sebelum baris pertama selesai.',
  'Stopping after these rows…': 'Berhenti setelah baris-baris ini…',
};
