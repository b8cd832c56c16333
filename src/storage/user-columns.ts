import { foldKey, type Organization, type Tag, type User } from '../users/ports.ts';
import { storedFields, type StoredValues } from '../users/user-fields.ts';

/**
 * The properties of a user that are columns of its row, in both stores and in the order of an answer: what reading a
 * user selects and what creating one returns. A property of `User` that is missing here does not compile in `toUser`.
 */
export const userProperties = [
  'serial',
  ...storedFields,
  'createdAt',
  'version',
  'updatedAt',
] as const satisfies readonly (keyof User)[];

/** The name of a property of a user that is a column of its row. */
export type UserProperty = (typeof userProperties)[number];

/** The columns of a user's row; before the first change `updatedAt` is null. */
export type UserColumns = Pick<User, Exclude<UserProperty, 'updatedAt'>> & { updatedAt: Date | null };

/** Picks the columns of `userProperties` out of an engine's table of users. */
export function pickUserColumns<Columns extends Record<UserProperty, unknown>>(
  columns: Columns,
): Pick<Columns, UserProperty> {
  return Object.fromEntries(userProperties.map((property) => [property, columns[property]])) as Pick<
    Columns,
    UserProperty
  >;
}

/** Makes a user out of the columns of its row, and of its organization and its tags, which may have more properties. */
export function toUser(columns: UserColumns, organization: Organization | null, tags: readonly Tag[]): User {
  return {
    ...columns,
    updatedAt: columns.updatedAt ?? columns.createdAt,
    tags: tags.map(({ serial, name }) => ({ serial, name })),
    organization: organization && {
      serial: organization.serial,
      name: organization.name,
      isActive: organization.isActive,
    },
  };
}

/** The columns of the folded values, which are unique or searched without regard to case. */
const foldedColumns = {
  employeeID: 'employeeIDKey',
  name: 'nameKey',
  username: 'usernameKey',
  email: 'emailKey',
} as const;
type Folded = keyof typeof foldedColumns;
type FoldedKeys = { [F in Folded as (typeof foldedColumns)[F]]: StoredValues[F] };
const foldedEntries = Object.entries(foldedColumns) as [Folded, keyof FoldedKeys][];

/** Returns the folded values of a user, each for its column; of a change those of the values that it sets. */
export function foldedKeys<Values extends Partial<StoredValues>>(
  values: Values,
): Values extends StoredValues ? FoldedKeys : Partial<FoldedKeys> {
  const keys: Partial<Record<keyof FoldedKeys, string | null>> = {};
  for (const [field, column] of foldedEntries) {
    const value = values[field];
    if (value !== undefined) keys[column] = value && foldKey(value);
  }
  return keys as FoldedKeys;
}
