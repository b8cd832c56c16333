import type { Gateway } from '../support/gateway.ts';

/** How a change of a user is judged, and what becomes of the user: in upserts and updates, on every transport. */
export interface ChangeCase {
  title: string;
  /** Over what the user has: a field that is absent here is absent in the input. */
  input: Record<string, unknown>;
  /** Names of the fields that change; none: the user is unchanged. */
  changed?: string[];
  /** Number and path of each problem, in order. */
  problems?: string[];
  /** What is stored afterwards, over what was there. */
  stored?: Record<string, unknown>;
  /** A new password is mailed to the user. */
  isMailed?: true;
  /** Another employee ID: an upsert would not find the user. */
  isRename?: true;
}

/** What is compared of a user, as GraphQL selects it. */
export const userFields = /* GraphQL */ `
  employeeID
  name
  username
  email
  phone
  isActive
  version
  tags {
    serial
  }
  organization {
    serial
  }
`;

/** A user as `userFields` selects it. */
export interface ShownUser {
  employeeID: string;
  version: number;
  [field: string]: unknown;
}

/** Finds the words of the table in a company: `serials` by word, and `own`, which puts them into a value. */
export async function wordsOf({ app }: Gateway, company: Awaited<ReturnType<Gateway['company']>>) {
  const owner = (await app.access.findCompany(company.code))!;
  const added = await app.directory.createTag(owner, { name: 'Other' });
  const serials: Record<string, string> = {
    TAG: company.tag,
    OTHER_TAG: 'serial' in added ? String(added.serial) : '',
    ORGANIZATION: company.organization,
    INACTIVE: company.inactive,
  };
  const own = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (_, part) => (typeof part === 'string' ? (serials[part] ?? part) : part));
  return { serials, own };
}

/** Returns the user after a case. */
export function userAfter(before: ShownUser, { changed, stored }: ChangeCase, own: <T>(value: T) => T): ShownUser {
  const { tags, ...columns } = { tags: null, ...stored };
  const shownTags = (own(tags) as string[] | null)?.map((serial) => ({ serial }));
  return { ...before, ...columns, ...(shownTags && { tags: shownTags }), version: changed ? 2 : 1 };
}

/** The user who is there: with everything. TAG, OTHER_TAG, ORGANIZATION, INACTIVE stand for serials. */
export const present = {
  employeeID: 'Ab1',
  name: 'John Doe',
  username: 'johnny',
  email: 'john@example.com',
  phone: '6281122334455',
  isActive: true,
  tagSerials: ['TAG'],
  organizationSerial: 'ORGANIZATION',
};

/** Another user, whose values are taken. */
export const other = {
  employeeID: 'Zz9',
  name: 'Siti',
  username: 'siti',
  email: 'siti@example.com',
  phone: '6281199999999',
  isActive: true,
};

const required = { employeeID: 'Ab1', name: 'John Doe', isActive: true };

export const changeCases: ChangeCase[] = [
  { title: 'everything as it is', input: present },
  { title: 'absent fields stay', input: required },
  { title: 'a name', input: { ...required, name: 'Jane Doe' }, changed: ['name'], stored: { name: 'Jane Doe' } },
  { title: 'the same name with spaces around it', input: { ...required, name: ' John Doe ' } },
  {
    title: 'the employee ID in another spelling',
    input: { ...required, employeeID: 'aB1' },
    changed: ['employeeID'],
    stored: { employeeID: 'aB1' },
  },
  { title: 'a phone that is written otherwise', input: { ...required, phone: '0811-2233-4455' } },
  {
    title: 'another phone',
    input: { ...required, phone: '0811-2233-4456' },
    changed: ['phone'],
    stored: { phone: '6281122334456' },
  },
  {
    title: 'another email, to which a new password goes',
    input: { ...required, email: 'doe@example.com' },
    changed: ['email'],
    stored: { email: 'doe@example.com' },
    isMailed: true,
  },
  {
    title: 'the email in another spelling, which is no new address',
    input: { ...required, email: 'John@Example.com' },
    changed: ['email'],
    stored: { email: 'John@Example.com' },
  },
  {
    title: 'everything that can be cleared but the phone',
    input: { ...required, username: null, email: null, tagSerials: null, organizationSerial: null },
    changed: ['username', 'email', 'tagSerials', 'organizationSerial'],
    stored: { username: null, email: null, tags: [], organization: null },
  },
  { title: 'no email and no phone', input: { ...required, email: null, phone: null }, problems: ['10115 email'] },
  {
    title: 'no email, no phone, and other problems in their order',
    input: { ...required, username: 'not this', email: null, phone: null, tagSerials: ['x'] },
    problems: ['10114 username', '10115 email', '11102 tagSerials/0'],
  },
  {
    title: 'another status and other tags',
    input: { ...required, isActive: false, tagSerials: ['OTHER_TAG', 'TAG'] },
    changed: ['isActive', 'tagSerials'],
    stored: { isActive: false, tags: ['OTHER_TAG', 'TAG'] },
  },
  { title: 'a password, which is never looked at', input: { ...required, password: 'short' } },
  {
    title: 'values of another user',
    input: { ...required, email: 'SITI@example.com', phone: '081199999999', username: 'Siti' },
    problems: ['10102 email', '10103 phone', '10104 username'],
  },
  {
    title: 'a closed organization',
    input: { ...required, organizationSerial: 'INACTIVE' },
    problems: ['12102 organizationSerial'],
  },
  {
    title: 'wrong values, of which nothing is written',
    input: { ...required, name: 'Jane', email: 'no address' },
    problems: ['10116 email'],
  },
  { title: 'an empty name', input: { ...required, name: ' ' }, problems: ['10112 name'] },
  { title: 'a name with a NUL', input: { ...required, name: 'a\0' }, problems: ['10113 name'] },
  { title: 'a phone of letters', input: { ...required, phone: 'abc' }, problems: ['10117 phone'] },
  {
    title: 'a phone and a username of another user',
    input: { ...required, phone: '0811-9999-9999', username: 'SITI' },
    problems: ['10103 phone', '10104 username'],
  },
  {
    title: 'an unknown organization',
    input: { ...required, organizationSerial: 'COMP00000000' },
    problems: ['12101 organizationSerial'],
  },
  {
    title: 'everything at once',
    input: {
      ...required,
      name: '',
      username: 'a.b',
      phone: '081199999999',
      tagSerials: ['X'],
      organizationSerial: 'Y',
    },
    problems: ['10112 name', '10114 username', '10103 phone', '11102 tagSerials/0', '12101 organizationSerial'],
  },
  {
    title: 'another employee ID',
    input: { ...required, employeeID: 'Cd2' },
    changed: ['employeeID'],
    stored: { employeeID: 'Cd2' },
    isRename: true,
  },
  {
    title: 'the employee ID of another user',
    input: { ...required, employeeID: 'zZ9' },
    problems: ['10101 employeeID'],
    isRename: true,
  },
];
