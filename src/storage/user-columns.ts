import { foldKey, type NewUser, type Organization, type Tag, type User } from '../users/ports.ts';
import { storedFields } from '../users/user-fields.ts';

/**
 * The properties of a user that are columns of its row, in both stores and in the order of an answer: what reading a
 * user selects and what creating one returns. A property of `User` that is missing here does not compile in `toUser`.
 */
export const userProperties = ['serial', ...storedFields, 'createdAt'] as const satisfies readonly (keyof User)[];

/** The name of a property of a user that is a column of its row. */
export type UserProperty = (typeof userProperties)[number];

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
export function toUser(
  columns: Pick<User, UserProperty>,
  organization: Organization | null,
  tags: readonly Tag[],
): User {
  return {
    ...columns,
    tags: tags.map(({ serial, name }) => ({ serial, name })),
    organization: organization && {
      serial: organization.serial,
      name: organization.name,
      isActive: organization.isActive,
    },
  };
}

/** Returns the folded values of a user, for the columns that are unique or searched without regard to case. */
export function foldedKeys({ employeeID, name, username, email }: NewUser) {
  return {
    employeeIDKey: foldKey(employeeID),
    nameKey: foldKey(name),
    usernameKey: username && foldKey(username),
    emailKey: email && foldKey(email),
  };
}
