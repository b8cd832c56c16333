import type { UserField } from './user-field.ts';

/** The fields of a user in the order of the contract's table, which is the order of their problems. */
export const userFields = {
  employeeID: {
    type: 'string',
    reader: 'identifier',
    label: 'employee id',
    required: true,
    missing: 'USER_EMPLOYEE_ID_REQUIRED',
    invalid: 'USER_EMPLOYEE_ID_INVALID',
    taken: 'USER_EMPLOYEE_ID_EXISTS',
    column: 'employee_id',
    csv: [
      'employeeID',
      'ID Karyawan',
      'NIK',
      'Nomor Induk Karyawan',
      'No Induk Karyawan',
      'Nomor Karyawan',
      'No Karyawan',
      'ID Pegawai',
      'Nomor Induk Pegawai',
      'NIP',
      'Employee Number',
      'Employee No',
      'Nomor Pegawai',
      'No Pegawai',
      'No Induk Pegawai',
      'Employee Code',
      'Kode Karyawan',
      'Kode Pegawai',
    ],
    // Nomor Induk Karyawan, or Nomor Induk Kependudukan: the 16 digits of an identity card.
    csvIfAlone: ['NIK'],
    description: 'Letters a-z A-Z and digits 0-9, at most 64; unique in the company without regard to case.',
    answerDescription: 'As written; unique in the company without regard to case.',
    example: 'EMPLY001',
  },
  name: {
    type: 'string',
    reader: 'properName',
    label: 'name',
    required: true,
    missing: 'USER_NAME_REQUIRED',
    invalid: 'USER_NAME_INVALID',
    column: 'name',
    csv: ['name', 'Nama', 'Nama Lengkap', 'Nama Karyawan', 'Nama Pegawai', 'Full Name', 'Employee Name'],
    description: 'At most 200 characters, no control characters.',
    example: 'John Doe',
  },
  username: {
    type: 'string',
    reader: 'identifier',
    label: 'username',
    invalid: 'USER_USERNAME_INVALID',
    taken: 'USER_USERNAME_EXISTS',
    column: 'username',
    csv: ['username', 'Nama Pengguna'],
    description:
      'What the user signs in with: letters and digits, at most 64; unique in the company without regard to case.',
    restDescription: 'What the user signs in with: letters and digits, at most 64.',
    answerDescription: 'What the user signs in with; as written, unique without regard to case.',
    example: null,
  },
  email: {
    type: 'string',
    reader: 'email',
    label: 'email',
    invalid: 'USER_EMAIL_INVALID',
    taken: 'USER_EMAIL_EXISTS',
    column: 'email',
    csv: [
      'email',
      'Surel',
      'Alamat Email',
      'Alamat Surel',
      'Email Address',
      'Mail',
      'Email Pribadi',
      'Email Kantor',
      'Work Email',
      'Office Email',
      'Personal Email',
    ],
    csvIfAlone: ['Email Pribadi', 'Email Kantor', 'Work Email', 'Office Email', 'Personal Email'],
    description: 'Required if phone is empty. The password is mailed to it.',
    answerDescription: 'As written; unique without regard to case.',
    example: 'john.doe@example.com',
  },
  phone: {
    type: 'string',
    reader: 'phone',
    label: 'phone',
    invalid: 'USER_PHONE_INVALID',
    taken: 'USER_PHONE_EXISTS',
    column: 'phone',
    csv: [
      'phone',
      'Telepon',
      'No HP',
      'Nomor HP',
      'HP',
      'Handphone',
      'No Handphone',
      'Nomor Handphone',
      'No Telepon',
      'Nomor Telepon',
      'Telp',
      'No Telp',
      'Phone Number',
      'Mobile',
      'Mobile Phone',
      'Mobile Number',
      'Telephone',
      'Telephone Number',
      'Phone No',
      'Mobile No',
      'Cell Phone',
      'Handphone Number',
      'No Tlp',
      'Nomor Tlp',
      'Nomor Telp',
      'Ponsel',
      'No Ponsel',
      'Nomor Ponsel',
      'No HP/WA',
      'Nomor HP/WA',
      'WhatsApp',
      'No WA',
      'Nomor WA',
      'No WhatsApp',
      'Nomor WhatsApp',
    ],
    csvIfAlone: ['WhatsApp', 'No WA', 'Nomor WA', 'No WhatsApp', 'Nomor WhatsApp'],
    description:
      'Required if email is empty. International, or national of the configured country; ' +
      'kept as digits of E.164 without the plus.',
    restDescription: 'Required if email is empty. Kept as digits of E.164 without the plus.',
    answerDescription: 'Digits of E.164 without the plus, e.g. `6281122334455`.',
    restAnswerDescription: 'Digits of E.164 without the plus.',
    example: '6281122334455',
  },
  password: {
    type: 'string',
    reader: 'password',
    label: 'password',
    invalid: 'USER_PASSWORD_INVALID',
    csv: ['password', 'Kata Sandi'],
    description:
      '8 to 128 characters, never trimmed; when absent, null or "" a random one is made. Mailed to the user.',
    restDescription: '8 to 128 characters; if empty, a random one is made.',
    example: null,
  },
  isActive: {
    type: 'boolean',
    reader: 'isActive',
    label: 'isActive',
    required: true,
    invalid: 'USER_IS_ACTIVE_REQUIRED',
    column: 'is_active',
    csv: [
      'isActive',
      'Aktif',
      'Status',
      'Active',
      'Status Aktif',
      'Employee Status',
      'Status Karyawan',
      'Status Pegawai',
    ],
    // Often the kind of a contract.
    csvIfAlone: ['Employee Status', 'Status Karyawan', 'Status Pegawai'],
    description: 'Status of the user. An inactive user is mailed all the same.',
    restDescription: 'Status of the user.',
    example: true,
  },
  tagSerials: {
    type: 'strings',
    reader: 'tagSerials',
    label: 'tagSerials',
    invalid: 'USER_TAG_SERIALS_INVALID',
    csv: ['tagSerials', 'Tag', 'Tags'],
    description: 'Serials of existing tags, at most 100; a repeated one counts once.',
    restDescription: 'Serials of existing tags, at most 100.',
    example: ['RUKRTAG-9WHL0JGP'],
  },
  organizationSerial: {
    type: 'string',
    reader: 'plainText',
    label: 'organizationSerial',
    invalid: 'USER_ORGANIZATION_SERIAL_INVALID',
    csv: ['organizationSerial', 'Organisasi'],
    description: 'Serial of an existing, active organization.',
    example: 'COMPFJLYTHWL',
  },
} as const satisfies Record<string, UserField>;

/** The name of a field of a user. */
export type FieldName = keyof typeof userFields;

/** The value of a field without a problem: null is empty, where it may be. */
export type FieldValue<Field extends UserField> = Field['type'] extends 'boolean'
  ? boolean
  : Field['type'] extends 'strings'
    ? string[]
    : Field extends { required: true }
      ? string
      : string | null;

/** The name of a field that a user's row stores unchanged. */
export type StoredField = {
  [F in FieldName]: (typeof userFields)[F] extends { column: string } ? F : never;
}[FieldName];

/** The values of the fields that a user's row stores unchanged. */
export type StoredValues = { [F in StoredField]: FieldValue<(typeof userFields)[F]> };

/** The names of all fields, in order. */
export const fieldNames = Object.keys(userFields) as FieldName[];

/** The names of the fields that a user's row stores unchanged, in order. */
export const storedFields = fieldNames.filter((name): name is StoredField => 'column' in userFields[name]);
