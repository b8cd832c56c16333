import type { OutboxEntry } from '../mail/ports.ts';

export interface Tag {
  serial: string;
  name: string;
}

export interface Organization {
  serial: string;
  name: string;
  isActive: boolean;
}

export interface User {
  serial: string;
  employeeID: string;
  name: string;
  username: string | null;
  email: string | null;
  /** Digits of E.164 without the plus. */
  phone: string | null;
  isActive: boolean;
  /** In the order of the request. */
  tags: Tag[];
  organization: Organization | null;
  createdAt: Date;
}

/** Fields whose value one user of a company can have, in the order in which problems are told. */
export const uniqueFields = ['employeeID', 'email', 'phone', 'username'] as const;
export type UniqueField = (typeof uniqueFields)[number];

/** What is looked up before a user is added: unique fields folded (`foldKey`), serials as given. */
export type LookUp = { [F in UniqueField]?: string | undefined } & {
  tagSerials: readonly string[];
  organizationSerial: string | null;
};

export interface Findings {
  taken: UniqueField[];
  unknownTags: string[];
  organization: 'none' | 'unknown' | 'inactive' | 'active';
}

/** A user about to be written: fields normalised, references found. */
export interface NewUser {
  /** UUIDv7. */
  id: string;
  companyId: string;
  serial: string;
  employeeID: string;
  name: string;
  username: string | null;
  email: string | null;
  phone: string | null;
  /** PHC string. */
  passwordHash: string;
  isActive: boolean;
  tagSerials: readonly string[];
  organizationSerial: string | null;
  createdAt: Date;
}

export type AddOutcome =
  | { outcome: 'added'; user: User }
  /** A constraint refused it: somebody was faster. */
  | { outcome: 'taken'; field: UniqueField | 'serial' }
  /** A tag or the organization is gone, or inactive, since the look-up. */
  | { outcome: 'reference-gone' };

/** What creating and reading users needs of a store. Every verb is atomic and sees one company only. */
export interface UserStore {
  lookUp(companyId: string, wanted: LookUp): Promise<Findings>;
  /** User, tag links, organization and mail in one transaction, or nothing. */
  add(user: NewUser, mail: OutboxEntry | null): Promise<AddOutcome>;
  find(companyId: string, by: { serial: string } | { employeeID: string }): Promise<User | null>;
}

/** The form in which a unique field is compared: lower case, folded here so that every store gives one verdict. */
export function foldKey(value: string): string {
  return value.toLowerCase();
}
