import type { ErrorName } from '../errors/error-dictionary.ts';

/** One field of a user, as callers send it. The transports, the import and the stores read this plain data. */
export interface UserField {
  type: 'string' | 'boolean' | 'strings';
  /** The reader in users/fields.ts. */
  reader: 'identifier' | 'properName' | 'plainText' | 'email' | 'phone' | 'password' | 'isActive' | 'tagSerials';
  /** Its name in a sentence. */
  label: string;
  required?: true;
  /** The problem of a required field that is absent; without it, `invalid` covers both. */
  missing?: ErrorName;
  invalid: ErrorName;
  /** The problem of a second user with the same value; set where values are unique in a company. */
  taken?: ErrorName;
  /** The column of a user's row; without one the field is stored elsewhere, or not at all. */
  column?: string;
  /** Names of its column in a CSV file, the template's first. `fold` of import/columns.ts says what does not count. */
  csv: readonly string[];
  /** Those of them that may mean something else: read only where no other column has the field. */
  csvIfAlone?: readonly string[];
  /** As an input of GraphQL and, where it differs, of REST. */
  description: string;
  restDescription?: string;
  /** As GraphQL and REST answer it. */
  answerDescription?: string;
  restAnswerDescription?: string;
  example: string | boolean | readonly string[] | null;
}
