import type { HelpOf, UserErrorName } from './help.ts';

/** Explains the errors of users, in Indonesian. */
export const idUsers: HelpOf<UserErrorName> = {
  USER_EMPLOYEE_ID_EXISTS: {
    meaning: 'Pengguna lain di perusahaan Anda sudah memakai ID karyawan ini. Huruf besar dan kecil dianggap sama.',
    causes: [
      'Pengguna sudah pernah dibuat, misalnya oleh proses sebelumnya atau permintaan yang jawabannya hilang.',
      'Dua pengguna dalam satu kiriman atau berkas memakai ID karyawan yang sama.',
    ],
    remedy:
      'Cari pengguna dengan ID karyawan itu. Jika orangnya sama, tidak ada yang perlu dibuat. Jika bukan, kirim ID ' +
      'yang benar. Kirim kunci idempotensi agar permintaan yang diulang mendapat jawaban pertama, bukan galat ini.',
  },
  USER_EMAIL_EXISTS: {
    meaning: 'Pengguna lain di perusahaan Anda sudah memakai alamat email ini. Huruf besar dan kecil dianggap sama.',
    causes: ['Orang ini sudah ada dengan ID karyawan lain.', 'Beberapa orang berbagi satu kotak surat.'],
    remedy: 'Beri setiap pengguna alamat email sendiri, atau kosongkan email dan kirim nomor telepon.',
  },
  USER_PHONE_EXISTS: {
    meaning:
      'Pengguna lain di perusahaan Anda sudah memakai nomor telepon ini. 0811-2233-4455 dan +62 811 2233 4455 adalah ' +
      'nomor yang sama.',
    causes: ['Orang ini sudah ada dengan ID karyawan lain.', 'Beberapa orang berbagi nomor kantor.'],
    remedy: 'Beri setiap pengguna nomor sendiri, atau kosongkan telepon dan kirim alamat email.',
  },
  USER_USERNAME_EXISTS: {
    meaning: 'Pengguna lain di perusahaan Anda sudah memakai nama pengguna ini. Huruf besar dan kecil dianggap sama.',
    causes: ['Dua orang bernama sama dan nama pengguna dibuat dari nama itu.', 'Pengguna sudah pernah dibuat.'],
    remedy: 'Pilih nama pengguna lain, atau kosongkan: kolom ini tidak wajib.',
  },
  USER_NOT_FOUND: {
    meaning: 'Perusahaan Anda tidak mempunyai pengguna dengan serial atau ID karyawan ini.',
    causes: ['Serial atau ID karyawan salah tulis.', 'Pengguna milik perusahaan lain, atau sudah dihapus.'],
    remedy: 'Periksa nilainya. Buka daftar pengguna perusahaan Anda untuk menemukan yang benar.',
  },
  USER_HAS_NO_EMAIL: {
    meaning: 'Kata sandi hanya dapat dikirim lewat email, dan pengguna ini tidak mempunyai alamat email.',
    causes: ['Pengguna dibuat hanya dengan nomor telepon.'],
    remedy: 'Beri pengguna itu alamat email terlebih dahulu.',
  },
  USER_VERSION_MISMATCH: {
    meaning: 'Pengguna telah diubah setelah Anda membaca versi yang disebut panggilan ini.',
    causes: ['Program atau orang lain mengubah pengguna itu di antaranya.', 'Versi itu milik pengguna lain.'],
    remedy:
      'Baca lagi pengguna itu, putuskan lagi, lalu kirim versinya sekarang. Tanpa ifVersion versi tidak dibandingkan.',
  },
  USER_EMPLOYEE_ID_REQUIRED: {
    meaning: 'Setiap pengguna memerlukan ID karyawan, dan yang ini tidak mempunyainya.',
    causes: ['Kolom tidak ada, null, atau kosong.', 'Kolom diberi nama lain dalam permintaan, misalnya employeeId.'],
    remedy: 'Kirim nomor yang diberikan perusahaan kepada orang itu dalam kolom employeeID.',
  },
  USER_EMPLOYEE_ID_INVALID: {
    meaning: 'ID karyawan memuat karakter yang tidak diizinkan, atau lebih dari 64 karakter.',
    causes: [
      'Ada tanda hubung, garis miring, titik, atau spasi, misalnya HR-0001.',
      'Nilai dikirim sebagai angka, bukan string. Angka juga akan kehilangan nol di depan.',
    ],
    remedy: 'Kirim string dari huruf a-z, A-Z dan angka 0-9. Buang karakter lainnya: HR0001.',
  },
  USER_NAME_REQUIRED: {
    meaning: 'Setiap pengguna memerlukan nama, dan yang ini tidak mempunyainya.',
    causes: ['Kolom tidak ada, null, kosong, atau hanya spasi.'],
    remedy: 'Kirim nama orang itu dalam kolom name.',
  },
  USER_NAME_INVALID: {
    meaning: 'Nama lebih dari 200 karakter, atau memuat karakter yang tidak dapat ditampilkan.',
    causes: [
      'Ada ganti baris, tab, atau karakter kendali lain, sering tersalin dari lembar kerja.',
      'Isinya hanya karakter tak terlihat, atau tanda yang mengubah arah teks.',
    ],
    remedy: 'Kirim nama dalam satu baris, seperti orang menulisnya.',
  },
  USER_USERNAME_INVALID: {
    meaning: 'Nama pengguna memuat karakter yang tidak diizinkan, atau lebih dari 64 karakter.',
    causes: ['Ada titik, garis bawah, atau spasi, misalnya john.doe.', 'Alamat email dikirim sebagai nama pengguna.'],
    remedy: 'Kirim hanya huruf a-z, A-Z dan angka 0-9, atau kosongkan nama pengguna.',
  },
  USER_EMAIL_OR_PHONE_REQUIRED: {
    meaning: 'Pengguna memerlukan alamat email atau nomor telepon, dan yang ini tidak mempunyai keduanya.',
    causes: ['Kedua kolom tidak ada, null, kosong, atau hanya spasi.'],
    remedy:
      'Kirim paling sedikit salah satu dari email dan phone. Hanya pengguna dengan email yang menerima kata sandi ' +
      'lewat surat.',
  },
  USER_EMAIL_INVALID: {
    meaning: 'Ini bukan alamat yang akan diterima server surat.',
    causes: [
      'Tanda @ atau titik pada domain tidak ada.',
      'Karakter tak terlihat ikut tersalin.',
      'Ada dua alamat dalam satu kolom.',
    ],
    remedy: 'Kirim satu alamat, misalnya siti@example.com. Spasi di sekelilingnya tidak masalah.',
  },
  USER_PHONE_INVALID: {
    meaning: 'Ini bukan nomor telepon, atau dapat dibaca sebagai dua nomor yang berbeda.',
    causes: [
      'Angkanya terlalu sedikit atau terlalu banyak, atau ada huruf atau nomor pesawat.',
      'Lembar kerja membuang 0 di depan, sehingga nomor bisa nasional atau asing. Keduanya lalu disebutkan.',
    ],
    remedy: 'Kirim nomor dengan tanda plus dan kode negara, misalnya +62 811 2233 4455.',
  },
  USER_PASSWORD_INVALID: {
    meaning: 'Kata sandi terlalu pendek, lebih dari 128 karakter, atau memuat karakter kendali.',
    causes: ['Karakternya kurang dari batas minimum yang disebut dalam kalimat.', 'Nilainya bukan string.'],
    remedy: 'Kirim kata sandi yang lebih panjang, misalnya empat kata, atau kosongkan: gateway akan membuat yang acak.',
  },
  USER_PASSWORD_COMPROMISED: {
    meaning: 'Kata sandi dapat ditebak: sudah umum, berpola sederhana, atau dibuat dari data pengguna.',
    causes: [
      'Kata sandi ada dalam daftar kata sandi umum, misalnya password123.',
      'Kata sandi mengulang beberapa karakter, atau mengikuti urutan papan ketik.',
      'Isinya hampir hanya nama, ID karyawan, nama pengguna, email, atau telepon.',
    ],
    remedy: 'Kirim beberapa kata yang tidak berkaitan, atau kosongkan: gateway akan membuat yang acak.',
  },
  USER_IS_ACTIVE_REQUIRED: {
    meaning: 'isActive tidak ada, atau bukan true maupun false.',
    causes: ['Kolom tidak ada atau null.', 'Nilai dikirim sebagai string atau angka, misalnya "true" atau 1.'],
    remedy: 'Kirim true atau false, tanpa tanda kutip.',
  },
  USER_TAG_SERIALS_INVALID: {
    meaning: 'tagSerials bukan daftar serial, atau memuat lebih dari 100.',
    causes: ['Satu serial dikirim tanpa kurung daftar.', 'Salah satu isi daftar bukan string.'],
    remedy: 'Kirim daftar string, misalnya ["RUKRTAG-9WHL0JGP"], atau kosongkan kolom ini.',
  },
  USER_ORGANIZATION_SERIAL_INVALID: {
    meaning: 'organizationSerial bukan string.',
    causes: ['Yang dikirim adalah angka, daftar, atau objek.'],
    remedy: 'Kirim satu serial sebagai string, misalnya "COMPFJLYTHWL", atau kosongkan kolom ini.',
  },
};
