import { type CreateUserInput, tagLimit } from '../../../users/fields.ts';
import { builder } from './builder.ts';
import type { Rows } from './extensions.ts';

/** The input of `createUser` and `createUsers`. It judges nothing but types: `docs/decisions/0009`. */
export const CreateUserInputRef = builder.inputType('CreateUserInput', {
  description: 'A user to create. Empty covers absent, null, "" and only spaces, for every field but the password.',
  fields: (t) => ({
    employeeID: t.string({
      required: true,
      extensions: { missing: 'USER_EMPLOYEE_ID_REQUIRED', wrong: 'USER_EMPLOYEE_ID_INVALID' } satisfies Rows,
      description: 'Letters a-z A-Z and digits 0-9, at most 64; unique in the company without regard to case.',
    }),
    name: t.string({
      required: true,
      extensions: { missing: 'USER_NAME_REQUIRED', wrong: 'USER_NAME_INVALID' } satisfies Rows,
      description: 'At most 200 characters, no control characters.',
    }),
    username: t.string({
      extensions: { wrong: 'USER_USERNAME_INVALID' } satisfies Rows,
      description:
        'What the user signs in with: letters and digits, at most 64; unique in the company without regard to case.',
    }),
    email: t.string({
      extensions: { wrong: 'USER_EMAIL_INVALID' } satisfies Rows,
      description: 'Required if phone is empty. The password is mailed to it.',
    }),
    phone: t.string({
      extensions: { wrong: 'USER_PHONE_INVALID' } satisfies Rows,
      description:
        'Required if email is empty. International, or national of the configured country; kept as digits of ' +
        'E.164 without the plus.',
    }),
    password: t.string({
      extensions: { wrong: 'USER_PASSWORD_INVALID' } satisfies Rows,
      description:
        '8 to 128 characters, never trimmed; when absent, null or "" a random one is made. Mailed to the user.',
    }),
    isActive: t.boolean({
      extensions: { wrong: 'USER_IS_ACTIVE_REQUIRED' } satisfies Rows,
      required: true,
      description: 'Status of the user. An inactive user is mailed all the same.',
    }),
    tagSerials: t.stringList({
      extensions: { wrong: 'USER_TAG_SERIALS_INVALID' } satisfies Rows,
      description: 'Serials of existing tags, at most 100; a repeated one counts once.',
    }),
    organizationSerial: t.string({
      extensions: { wrong: 'USER_ORGANIZATION_SERIAL_INVALID' } satisfies Rows,
      description: 'Serial of an existing, active organization.',
    }),
  }),
});

/**
 * Counts the tags that an input may give its user.
 *
 * @param input of any form: it is not judged yet
 */
export function tagsIn(input: unknown): number {
  const serials = (input as CreateUserInput | null | undefined)?.tagSerials;
  return Array.isArray(serials) ? Math.min(serials.length, tagLimit) : 1;
}
