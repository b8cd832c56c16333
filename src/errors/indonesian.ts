import { errorDictionary, type ErrorName } from './error-dictionary.ts';

/** The sentences of the dictionary: the compiler misses none. */
const details: Readonly<Record<ErrorName, string>> = {
  USER_EMPLOYEE_ID_EXISTS: 'ID karyawan sudah dipakai',
  USER_EMAIL_EXISTS: 'email sudah dipakai pengguna lain',
  USER_PHONE_EXISTS: 'telepon sudah dipakai pengguna lain',
  USER_USERNAME_EXISTS: 'nama pengguna sudah dipakai',
  USER_NOT_FOUND: 'tidak ada pengguna dengan serial atau ID karyawan ini',
  USER_HAS_NO_EMAIL: 'pengguna tidak mempunyai email untuk dikirimi kata sandi',
  USER_VERSION_MISMATCH: 'pengguna telah diubah sejak versi ini dibaca',
  USER_EMPLOYEE_ID_REQUIRED: 'ID karyawan wajib diisi',
  USER_EMPLOYEE_ID_INVALID: 'ID karyawan hanya boleh berisi huruf a-z, A-Z dan angka 0-9, paling banyak 64',
  USER_NAME_REQUIRED: 'nama wajib diisi',
  USER_NAME_INVALID: 'nama paling banyak 200 karakter dan tanpa karakter kontrol',
  USER_USERNAME_INVALID: 'nama pengguna hanya boleh berisi huruf a-z, A-Z dan angka 0-9, paling banyak 64',
  USER_EMAIL_OR_PHONE_REQUIRED: 'email wajib diisi bila telepon kosong, telepon wajib diisi bila email kosong',
  USER_EMAIL_INVALID: 'email bukan alamat yang sah',
  USER_PHONE_INVALID: 'telepon bukan nomor yang sah',
  USER_PASSWORD_INVALID: 'kata sandi harus 8 sampai 128 karakter',
  USER_PASSWORD_COMPROMISED: 'kata sandi terlalu umum atau dibuat dari data pengguna sendiri',
  USER_IS_ACTIVE_REQUIRED: 'isActive wajib diisi dan harus true atau false',
  USER_TAG_SERIALS_INVALID: 'tagSerials harus daftar paling banyak 100 serial tag',
  USER_ORGANIZATION_SERIAL_INVALID: 'organizationSerial harus berupa teks',
  TAG_NAME_EXISTS: 'nama tag sudah dipakai',
  TAG_NOT_FOUND: 'tidak ada tag dengan serial ini',
  TAG_NAME_INVALID: 'nama tag wajib diisi, paling banyak 100 karakter',
  ORGANIZATION_NOT_FOUND: 'tidak ada organisasi dengan serial ini',
  ORGANIZATION_INACTIVE: 'organisasi tidak aktif',
  IDEMPOTENCY_KEY_REUSED: 'kunci idempotensi ini sudah dipakai untuk permintaan lain',
  IDEMPOTENCY_KEY_IN_USE: 'permintaan pertama dengan kunci idempotensi ini masih berjalan',
  BAD_REQUEST: 'permintaan salah secara keseluruhan, rinciannya menjelaskan',
  UNAUTHORIZED: 'token akses tidak ada, tidak dikenal, atau kedaluwarsa',
  FORBIDDEN: 'token akses tidak mempunyai scope yang diperlukan panggilan ini',
  NOT_FOUND: 'alamat ini tidak ada',
  METHOD_NOT_ALLOWED: 'alamat ini hanya menjawab metode yang disebut header Allow',
  NOT_ACCEPTABLE: 'jawaban di sini hanya application/json',
  REQUEST_TIMEOUT: 'permintaan tidak sampai pada waktunya',
  PAYLOAD_TOO_LARGE: 'isi permintaan melebihi batas',
  UNSUPPORTED_MEDIA_TYPE: 'isi permintaan harus application/json',
  EXPECTATION_FAILED: 'header Expect hanya boleh 100-continue',
  TOO_MANY_REQUESTS: 'terlalu banyak permintaan, coba lagi setelah jumlah detik di header Retry-After',
  REQUEST_HEADER_FIELDS_TOO_LARGE: 'alamat dan header sebuah permintaan bersama-sama paling banyak 16 KB',
  INTERNAL_ERROR: 'ada yang salah di sini, sampaikan ID permintaan kepada operator',
  SERVICE_UNAVAILABLE: 'gateway sedang sibuk, coba lagi setelah jumlah detik di header Retry-After',
};

const names = Object.keys(details) as ErrorName[];

/** The sentences of the dictionary in Indonesian, alone and behind their number, with or without their name. */
export const indonesianErrors = Object.fromEntries(
  names.flatMap((name) => {
    const { errorCode, detail } = errorDictionary[name];
    const named = `${name} (${errorCode}): {…}`;
    const numbered = `${errorCode} {…}`;
    return [
      [detail, details[name]],
      [named, named],
      [numbered, numbered],
    ];
  }),
);
