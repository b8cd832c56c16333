import { type Candidate, problem } from './conflicts.ts';
import type { Fields, Problem } from './fields.ts';
import { foldKey, type User, type UserChange } from './ports.ts';
import { type FieldName, fieldNames, storedFields } from './user-fields.ts';

/** The well-formed fields of a change: what is undefined stays as it is. */
export type GivenFields = { [F in Exclude<keyof Fields, 'password'>]?: Exclude<Fields[F], undefined> };

/** The parts of a change that follow from its fields. */
export type ChangedParts = Pick<UserChange, 'set' | 'tagSerials' | 'organizationSerial'>;

/** Returns the fields that an input gives to an existing user: its password is never looked at. */
export function givenFields({ input, fields }: Candidate): GivenFields {
  const given = fieldNames.filter(
    (name) => name !== 'password' && input[name] !== undefined && fields[name] !== undefined,
  );
  return Object.fromEntries(given.map((name) => [name, fields[name]])) as GivenFields;
}

/** Names the given fields that differ from the user's, in the order of the contract's table. Spelling counts. */
export function changedFields(user: User, given: GivenFields): FieldName[] {
  return fieldNames.filter((name) => name !== 'password' && given[name] !== undefined && !isSame(user, name, given));
}

function isSame(user: User, name: Exclude<FieldName, 'password'>, given: GivenFields): boolean {
  if (name === 'tagSerials')
    return (
      given.tagSerials!.length === user.tags.length &&
      user.tags.every(({ serial }, at) => serial === given.tagSerials![at])
    );
  if (name === 'organizationSerial') return given.organizationSerial === (user.organization?.serial ?? null);
  return given[name] === user[name];
}

/** Returns what the store must write for the changed fields. */
export function changedParts(changed: readonly FieldName[], given: GivenFields): ChangedParts {
  const set = storedFields.filter((name) => changed.includes(name)).map((name) => [name, given[name]]);
  return {
    set: Object.fromEntries(set) as UserChange['set'],
    ...(changed.includes('tagSerials') && { tagSerials: given.tagSerials! }),
    ...(changed.includes('organizationSerial') && { organizationSerial: given.organizationSerial! }),
  };
}

/** Returns a user with other references, of which only the serials are known. */
export function withReferences(
  user: User,
  { tagSerials, organizationSerial }: Pick<UserChange, 'tagSerials' | 'organizationSerial'>,
): User {
  return {
    ...user,
    ...(tagSerials && { tags: tagSerials.map((serial) => ({ serial, name: '' })) }),
    ...(organizationSerial !== undefined && {
      organization: organizationSerial === null ? null : { serial: organizationSerial, name: '', isActive: true },
    }),
  };
}

/** Whether a change gives the user another address: then a new password is mailed to it. Spelling does not count. */
export function isNewAddress(before: User, after: User): boolean {
  return after.email !== null && endsMails(before, after);
}

/** Whether a change takes the address away that queued mails go to. */
export function endsMails(before: User, after: User): boolean {
  return foldKey(before.email ?? '') !== foldKey(after.email ?? '');
}

/** Lists the problems of form that do not depend on the rest of the user. */
export function problemsOfGiven(formProblems: readonly Problem[]): Problem[] {
  return formProblems.filter(
    ({ name, path: [field] }) => field !== 'password' && name !== 'USER_EMAIL_OR_PHONE_REQUIRED',
  );
}

/**
 * Returns the problems of form that an input has for an existing user. The email and the phone after the change tell
 * whether the user stays reachable.
 */
export function problemsOfChange(formProblems: readonly Problem[], after: Pick<User, 'email' | 'phone'>): Problem[] {
  const problems = problemsOfGiven(formProblems);
  if (after.email !== null || after.phone !== null) return problems;
  const isAfterEmail = ({ path: [field] }: Problem): boolean =>
    fieldNames.indexOf(field as FieldName) > fieldNames.indexOf('email');
  const place = problems.findIndex(isAfterEmail);
  return problems.toSpliced(place < 0 ? problems.length : place, 0, problem('USER_EMAIL_OR_PHONE_REQUIRED', ['email']));
}
