import { indonesianErrors } from '../errors/indonesian.ts';
import type { Catalogue } from '../translate.ts';

/** Why a field is refused, in Indonesian. */
export const indonesianFields: Catalogue = {
  ...indonesianErrors,
  // The names of fields in these sentences
  'employee id': 'ID karyawan',
  name: 'nama',
  username: 'nama pengguna',
  phone: 'telepon',
  password: 'kata sandi',
  'a tag serial': 'serial tag',
  'tag name': 'nama tag',
  'organization name': 'nama organisasi',
  // The sentences
  '{…} is required': '{…} wajib diisi',
  '{…} must be a string': '{…} harus berupa teks',
  '{…} must be a list of strings': '{…} harus berupa daftar teks',
  '{…} must have {n} to {n} characters': '{…} harus {n} sampai {n} karakter',
  '{…} allows at most {n} characters and no control characters':
    '{…} paling banyak {n} karakter dan tanpa karakter kontrol',
  '{…} allows at most {n} combining marks in a row': '{…} hanya boleh memuat {n} tanda gabung berturut-turut',
  '{…} has no visible character': '{…} tidak memuat karakter yang terlihat',
  'email is not a valid address: it holds an invisible character, {}':
    'email bukan alamat yang sah: ada karakter tak terlihat di dalamnya, {}',
  'phone has two readings, +{} and +{}: write +… or 0…':
    'telepon dapat dibaca dengan dua cara, +{} dan +{}: tulis +… atau 0…',
  'phone has two readings, +{} and +{}: write +…': 'telepon dapat dibaca dengan dua cara, +{} dan +{}: tulis +…',
  'phone +{} is not a valid number, and without its plus it would be read as +{}':
    'telepon +{} bukan nomor yang sah, dan tanpa tanda plus akan dibaca sebagai +{}',
  'isActive must be true or false': 'isActive harus true atau false',
};
