import type { CallErrorName, HelpOf } from './help.ts';

/** Explains the errors of tags, organizations and whole calls, in Indonesian. */
export const idCalls: HelpOf<CallErrorName> = {
  TAG_NAME_EXISTS: {
    meaning: 'Perusahaan Anda sudah mempunyai tag dengan nama ini. Huruf besar dan kecil dianggap sama.',
    causes: ['Tag sudah pernah dibuat.', 'Dua tag dalam satu permintaan bernama sama.'],
    remedy: 'Pakai tag yang sudah ada: buka daftar tag untuk menemukan serialnya.',
  },
  TAG_NOT_FOUND: {
    meaning: 'Perusahaan Anda tidak mempunyai tag dengan serial ini.',
    causes: ['Nama tag dikirim sebagai ganti serialnya.', 'Tag milik perusahaan lain.'],
    remedy: 'Buka daftar tag perusahaan Anda dan kirim serial dari sana. Buat tag itu dulu jika belum ada.',
  },
  TAG_NAME_INVALID: {
    meaning: 'Nama tag tidak ada, lebih dari 100 karakter, atau memuat karakter kendali.',
    causes: ['Kolom name tidak ada, kosong, atau hanya spasi.', 'Nama memuat ganti baris.'],
    remedy: 'Kirim nama sepanjang 1 sampai 100 karakter dalam satu baris.',
  },
  ORGANIZATION_NOT_FOUND: {
    meaning: 'Perusahaan Anda tidak mempunyai organisasi dengan serial ini.',
    causes: ['Nama organisasi dikirim sebagai ganti serialnya.', 'Organisasi milik perusahaan lain.'],
    remedy: 'Baca struktur perusahaan dan kirim serial dari sana.',
  },
  ORGANIZATION_INACTIVE: {
    meaning: 'Organisasi ini sudah ditutup, dan pengguna tidak dapat dimasukkan ke dalamnya.',
    causes: ['Organisasi dibuat atau diatur sebagai tidak aktif.'],
    remedy: 'Kirim serial organisasi yang aktif. Struktur perusahaan menyebutkan mana yang aktif.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    meaning: 'Kunci idempotensi ini dipakai untuk permintaan dengan isi lain dalam 24 jam terakhir.',
    causes: ['Program memakai satu kunci untuk beberapa pengguna.', 'Data berubah sebelum permintaan diulang.'],
    remedy:
      'Buat kunci baru untuk setiap permintaan baru, misalnya UUID. Pakai kunci lama hanya untuk mengulang ' +
      'permintaan yang sama.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    meaning: 'Permintaan pertama dengan kunci idempotensi ini belum dijawab.',
    causes: ['Permintaan diulang sebelum jawabannya datang.', 'Dua proses mengirim permintaan yang sama.'],
    remedy:
      'Tunggu selama detik pada header Retry-After, lalu kirim lagi permintaan yang sama: jawabannya adalah hasil ' +
      'pertama.',
  },
  BAD_REQUEST: {
    meaning: 'Permintaan secara keseluruhan tidak dapat dibaca atau tidak sesuai. Kalimatnya menyebut apa yang salah.',
    causes: [
      'Isi bukan JSON yang sah, atau bukan objek.',
      'Dokumen GraphQL mempunyai kesalahan, atau tipe sebuah variabel salah.',
      'Kredensial pada permintaan token salah, atau grant type bukan client_credentials.',
    ],
    remedy: 'Baca kalimatnya dan perbaiki program. Mengirim permintaan yang sama tidak membantu.',
  },
  UNAUTHORIZED: {
    meaning: 'Token akses tidak ada, tidak dikenal, atau kedaluwarsa.',
    causes: [
      'Header Authorization tidak ada.',
      'Token lebih tua dari dua belas jam.',
      'Klien dicabut, atau rahasianya diganti.',
    ],
    remedy: 'Ambil token dengan POST /oauth/token dan kirim dalam header Authorization.',
  },
  FORBIDDEN: {
    meaning: 'Token sah, tetapi tidak boleh melakukan panggilan ini. Kalimatnya menyebut scope yang kurang.',
    causes: ['Klien dibuat tanpa scope ini.', 'Token diminta dengan scope yang lebih sedikit.'],
    remedy: 'Minta klien dengan scope itu kepada operator gateway.',
  },
  NOT_FOUND: {
    meaning: 'Gateway tidak mempunyai apa pun di alamat ini.',
    causes: ['Path salah tulis, atau diakhiri garis miring.', 'Halaman itu hanya ada pada mode pengembangan.'],
    remedy: 'Bandingkan path dengan dokumentasi REST di /docs.',
  },
  METHOD_NOT_ALLOWED: {
    meaning: 'Alamat ini ada, tetapi tidak untuk metode ini.',
    causes: ['GET dikirim sebagai ganti POST, atau sebaliknya.', 'Mutasi dikirim dengan GET.'],
    remedy: 'Pakai salah satu metode dalam header Allow pada jawaban.',
  },
  NOT_ACCEPTABLE: {
    meaning: 'Permintaan meminta bentuk jawaban yang tidak ada di sini.',
    causes: ['Header Accept hanya menyebut HTML, XML, atau tipe lain.'],
    remedy: 'Kirim Accept: application/json.',
  },
  REQUEST_TIMEOUT: {
    meaning: 'Gateway berhenti menunggu karena permintaan tidak tiba tepat waktu.',
    causes: ['Koneksi sangat lambat atau terputus.', 'Panjang yang diumumkan lebih besar daripada isinya.'],
    remedy: 'Kirim lagi permintaan itu. Bagi kiriman besar menjadi beberapa yang kecil.',
  },
  PAYLOAD_TOO_LARGE: {
    meaning: 'Isi lebih besar daripada yang diterima gateway. Kalimatnya menyebut batasnya.',
    causes: ['Kiriman memuat terlalu banyak pengguna.', 'Isi yang besar dikirim tanpa token yang sah.'],
    remedy: 'Kirim dalam bagian yang lebih kecil.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    meaning: 'Isi permintaan berbentuk yang tidak dibaca gateway.',
    causes: [
      'Header Content-Type tidak ada atau menyebut tipe lain. curl mengirim formulir jika tidak diatur.',
      'Isi dimampatkan, atau bukan UTF-8.',
    ],
    remedy: 'Kirim JSON dalam UTF-8, tanpa pemampatan, dengan Content-Type: application/json.',
  },
  EXPECTATION_FAILED: {
    meaning: 'Header Expect meminta sesuatu selain 100-continue.',
    causes: ['Sebuah program atau proxy mengisi header itu.'],
    remedy: 'Jangan kirim header Expect.',
  },
  TOO_MANY_REQUESTS: {
    meaning: 'Klien, atau alamatnya, sudah menghabiskan batas untuk menit ini. Kalimatnya menyebut batas itu.',
    causes: ['Program mengirim pengguna lebih cepat daripada batasnya.', 'Permintaan token gagal berulang kali.'],
    remedy:
      'Tunggu selama detik pada header Retry-After, lalu lanjutkan. Ambil satu token dan simpan sampai kedaluwarsa.',
  },
  REQUEST_HEADER_FIELDS_TOO_LARGE: {
    meaning: 'Alamat dan header permintaan bersama-sama lebih besar dari 16 KB.',
    causes: ['Data dikirim dalam alamat.', 'Peramban mengirim banyak cookie dari program lain di host ini.'],
    remedy: 'Kirim data dalam isi POST. Buang header yang tidak diperlukan gateway.',
  },
  INTERNAL_ERROR: {
    meaning: 'Gateway membuat kesalahan. Ini bukan salah permintaan Anda.',
    causes: ['Kesalahan dalam program. Penyebabnya ada di log dengan ID permintaan.'],
    remedy: 'Sampaikan ID permintaan kepada operator. Ulangi pembuatan hanya dengan kunci idempotensinya.',
  },
  SERVICE_UNAVAILABLE: {
    meaning: 'Gateway tidak dapat menerima permintaan ini sekarang.',
    causes: [
      'Permintaan yang datang lebih banyak daripada yang dapat ditangani.',
      'Basis data tidak terjangkau, atau disk penuh.',
      'Gateway sedang dimulai ulang.',
    ],
    remedy:
      'Tunggu selama detik pada header Retry-After, lalu kirim lagi. Ulangi pembuatan hanya dengan kunci ' +
      'idempotensi: permintaan pertama mungkin sudah tersimpan.',
  },
};
