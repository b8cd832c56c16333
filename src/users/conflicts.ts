import { errorDictionary, type ErrorName } from '../errors/error-dictionary.ts';
import {
  type CreateUserInput,
  type FieldRules,
  type Fields,
  placesOf,
  type Problem,
  readFields,
  tagProblemLimit,
} from './fields.ts';
import { type ConflictReport, foldKey, type ConflictQuery, type UniqueField, uniqueFields } from './ports.ts';
import { userFields } from './user-fields.ts';

/** An input after its fields were read. */
export interface Candidate {
  index: number;
  input: CreateUserInput;
  fields: Fields;
  formProblems: Problem[];
  importKey: string | null;
}

/**
 * Reads an input.
 * @param index its position in the batch, from 0
 * @param importKey the row of a file, for an import
 */
export function candidateOf(
  input: CreateUserInput,
  index: number,
  rules: FieldRules,
  importKey: string | null = null,
): Candidate {
  const { fields, problems } = readFields(input, rules);
  return { index, input, fields, formProblems: problems, importKey };
}

type Looked = {
  fields: Pick<Fields, UniqueField | 'organizationSerial'> & { tagSerials: readonly string[] | undefined };
  importKey: string | null;
};

/** Returns the look-up of a user's conflicts. It has the well-formed fields, even when others are not. */
export function conflictQueryOf({ fields, importKey }: Looked): ConflictQuery {
  const key = (value: string | null | undefined) => (value ? foldKey(value) : undefined);
  return {
    employeeID: key(fields.employeeID),
    email: key(fields.email),
    phone: key(fields.phone),
    username: key(fields.username),
    tagSerials: fields.tagSerials ?? [],
    organizationSerial: fields.organizationSerial ?? null,
    importKey,
  };
}

/**
 * Lists the conflicts of a report in the order of the dictionary: values that exist already, then unknown references.
 */
export function conflictsIn(found: ConflictReport, { input }: Candidate): Problem[] {
  const unknownTags = found.unknownTags.slice(0, tagProblemLimit);
  const places = unknownTags.length > 0 ? placesOf(input.tagSerials as unknown[]) : new Map<unknown, number>();
  const organization = ['organizationSerial'];
  return [
    ...uniqueFields.filter((field) => found.taken.includes(field)).map(takenProblem),
    ...unknownTags.map((serial) => problem('TAG_NOT_FOUND', ['tagSerials', String(places.get(serial))])),
    ...(found.organization === 'unknown' ? [problem('ORGANIZATION_NOT_FOUND', organization)] : []),
    ...(found.organization === 'inactive' ? [problem('ORGANIZATION_INACTIVE', organization)] : []),
  ];
}

/** Returns the problem of a unique field whose value another user has. */
export function takenProblem(field: UniqueField): Problem {
  return problem(userFields[field].taken, [field]);
}

/** Returns a problem with the sentence of the dictionary. */
export function problem(name: ErrorName, path: string[]): Problem {
  return { name, detail: errorDictionary[name].detail, path };
}

/** The folded unique values of the users that come earlier in a batch. */
export type UsedKeys = Record<UniqueField, { has(key: string): boolean; add(key: string): unknown }>;

/** Returns an empty set of used keys for each unique field. */
export function noKeys(): UsedKeys {
  return { employeeID: new Set(), email: new Set(), phone: new Set(), username: new Set() };
}

/**
 * Lists every problem of a candidate: its form, conflicts with the stored users, conflicts with the used keys. The keys
 * of a candidate without a problem join the used ones.
 */
export function problemsOf(candidate: Candidate, found: ConflictReport, usedKeys: UsedKeys): Problem[] {
  const wanted = conflictQueryOf(candidate);
  const taken = uniqueFields.filter((field) => found.taken.includes(field) || usedKeys[field].has(wanted[field] ?? ''));
  const problems = [...candidate.formProblems, ...conflictsIn({ ...found, taken }, candidate)];
  if (problems.length === 0)
    for (const field of uniqueFields) if (wanted[field] !== undefined) usedKeys[field].add(wanted[field]);
  return problems;
}

/** Whether a list has at least one item. */
export function isSome<T>(list: T[]): list is [T, ...T[]] {
  return list.length > 0;
}
