import { errorDictionary, type ErrorName } from '../errors/error-dictionary.ts';
import type { CreateUserInput, Fields, Problem } from './fields.ts';
import { type Findings, foldKey, type LookUp, type UniqueField, uniqueFields } from './ports.ts';

/** An input that was read. */
export interface Candidate {
  index: number;
  input: CreateUserInput;
  fields: Fields;
  formProblems: Problem[];
  importKey: string | null;
}

const takenNames: Record<UniqueField, ErrorName> = {
  employeeID: 'USER_EMPLOYEE_ID_EXISTS',
  email: 'USER_EMAIL_EXISTS',
  phone: 'USER_PHONE_EXISTS',
  username: 'USER_USERNAME_EXISTS',
};

type Looked = {
  fields: Pick<Fields, UniqueField | 'organizationSerial'> & { tagSerials: readonly string[] | undefined };
  importKey: string | null;
};

/** What is looked up for it: the fields that are well-formed, even when others are not. */
export function wantedBy({ fields, importKey }: Looked): LookUp {
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

/** Problems in the order of the dictionary: what is taken, then unknown references. */
export function conflictsIn(found: Findings, { fields, input }: Candidate): Problem[] {
  const given = Array.isArray(input.tagSerials) ? input.tagSerials : [];
  const organization = ['organizationSerial'];
  return [
    ...uniqueFields.filter((field) => found.taken.includes(field)).map(takenProblem),
    ...(fields.tagSerials ?? [])
      .filter((serial) => found.unknownTags.includes(serial))
      .map((serial) => problem('TAG_NOT_FOUND', ['tagSerials', String(given.indexOf(serial))])),
    ...(found.organization === 'unknown' ? [problem('ORGANIZATION_NOT_FOUND', organization)] : []),
    ...(found.organization === 'inactive' ? [problem('ORGANIZATION_INACTIVE', organization)] : []),
  ];
}

export function takenProblem(field: UniqueField): Problem {
  return problem(takenNames[field], [field]);
}

export function problem(name: ErrorName, path: string[]): Problem {
  return { name, detail: errorDictionary[name].detail, path };
}

/** The keys of the users that a batch makes before another one. */
export type Keys = Record<UniqueField, { has(key: string): boolean; add(key: string): unknown }>;

export function noKeys(): Keys {
  return { employeeID: new Set(), email: new Set(), phone: new Set(), username: new Set() };
}

/** Every problem of a candidate among the users that there are and those made before it; when there is none, its keys join those. */
export function problemsOf(candidate: Candidate, found: Findings, before: Keys): Problem[] {
  const wanted = wantedBy(candidate);
  const taken = uniqueFields.filter((field) => found.taken.includes(field) || before[field].has(wanted[field] ?? ''));
  const problems = [...candidate.formProblems, ...conflictsIn({ ...found, taken }, candidate)];
  if (problems.length === 0)
    for (const field of uniqueFields) if (wanted[field] !== undefined) before[field].add(wanted[field]);
  return problems;
}

export function isSome<T>(list: T[]): list is [T, ...T[]] {
  return list.length > 0;
}
