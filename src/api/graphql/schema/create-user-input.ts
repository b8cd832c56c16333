import { type CreateUserInput, tagLimit } from '../../../users/fields.ts';
import type { UserField } from '../../../users/user-field.ts';
import { fieldNames, userFields } from '../../../users/user-fields.ts';
import { builder } from './builder.ts';
import type { Rows } from './extensions.ts';

/** The input of `createUser`, `createUsers` and `upsertUsers`. It judges nothing but types: `docs/decisions/0009`. */
export const CreateUserInputRef = builder.inputType('CreateUserInput', {
  description:
    'A user to create, or as it is to be. Empty covers absent, null, "" and only spaces, for every field but the ' +
    'password.',
  fields: (t) =>
    Object.fromEntries(
      fieldNames.map((name) => {
        const { type, required, missing, invalid, description }: UserField = userFields[name];
        const options = {
          required: required ?? false,
          description,
          extensions: { missing, wrong: invalid } satisfies Rows,
        };
        if (type === 'boolean') return [name, t.boolean(options)];
        return [name, type === 'strings' ? t.stringList(options) : t.string(options)];
      }),
    ),
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
