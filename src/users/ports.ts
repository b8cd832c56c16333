import type { OutboxEntry } from '../outbox/ports.ts';
import type { StoredValues } from './user-fields.ts';

export interface Tag {
  serial: string;
  name: string;
}

export interface Organization {
  serial: string;
  name: string;
  isActive: boolean;
}

/** An organization in the structure of its company. */
export interface StructuredOrganization extends Organization {
  parentSerial: string | null;
}

export interface Company {
  id: string;
  code: string;
  name: string;
}

/** A stored user. Its phone is digits of E.164 without the plus. */
export interface User extends StoredValues {
  serial: string;
  /** In the order of the request. */
  tags: Tag[];
  organization: Organization | null;
  createdAt: Date;
}

/** Fields whose value one user of a company can have, in the order in which problems are told. */
export const uniqueFields = ['employeeID', 'email', 'phone', 'username'] as const;
export type UniqueField = (typeof uniqueFields)[number];

/** What is looked up before a user is added: unique fields folded (`foldKey`), serials as given. */
export type ConflictQuery = { [F in UniqueField]?: string | undefined } & {
  tagSerials: readonly string[];
  organizationSerial: string | null;
  importKey: string | null;
};

export interface ConflictReport {
  taken: UniqueField[];
  /** Whether an import made a user of this key already. */
  imported: boolean;
  unknownTags: string[];
  organization: 'none' | 'unknown' | 'inactive' | 'active';
}

/** A user about to be written: fields normalised, references found. */
export interface NewUser extends StoredValues {
  /** UUIDv7; the store takes the next one after its greatest where this is not greater, see `uuidv7After`. */
  id: string;
  companyId: string;
  serial: string;
  /** PHC string. */
  passwordHash: string;
  tagSerials: readonly string[];
  organizationSerial: string | null;
  /** The row of a file that an import made this user of; null for every other user. */
  importKey: string | null;
  createdAt: Date;
}

/** A user about to be written, and its mail. */
export interface NewEntry {
  user: NewUser;
  mail: OutboxEntry | null;
}

export type AddOutcome =
  | { outcome: 'added'; user: User }
  /** A constraint refused it: somebody was faster. */
  | { outcome: 'taken'; field: UniqueField | 'serial' | 'importKey' }
  /** A tag or the organization is gone, or inactive, since the look-up. */
  | { outcome: 'reference-gone' };

/** An idempotency key of a client, held by one call. */
export interface Hold {
  clientId: string;
  key: string;
  /** Random, another for each call: fences a lease against a later holder. */
  holder: string;
}

/** What became of each input of a call so far, as JSON: see users/idempotency.ts. */
export interface Progress {
  results: string;
  completed: boolean;
}

export type ReserveOutcome =
  /** Held by this call now; `results` of an earlier one that died on the way. */
  | { outcome: 'reserved'; results: string | null }
  | { outcome: 'completed'; results: string }
  /** The key belongs to another request. */
  | { outcome: 'reused' }
  /** Its first request still runs. */
  | { outcome: 'in-use' };

/** What idempotency keys need of a store. Every verb is atomic. A record ends `keepMs` after its first request. */
export interface IdempotencyStore {
  /** Holds the key for `leaseMs`; a lease that ends more than twice as late is of a clock that was ahead, and over. It is the same request when its record has one of `fingerprints`; the first is written. */
  reserve(hold: Hold, fingerprints: readonly Buffer[], leaseMs: number, keepMs: number): Promise<ReserveOutcome>;
  /** Moves the end of the lease to `leaseMs` from now; false when the hold is lost. */
  renew(hold: Hold, leaseMs: number): Promise<boolean>;
  /** Writes the progress outside of a creation; false when the hold is lost. */
  note(hold: Hold, progress: Progress): Promise<boolean>;
  /** Ends the hold: deletes the record, or lets the next call go on at once where there are results. */
  release(hold: Hold): Promise<void>;
  /** Deletes at most `limit` records older than `keepMs`; answers how many. Records of a clock that was ahead count from now on. */
  deleteOld(keepMs: number, limit: number): Promise<number>;
}

export interface AddOptions {
  /** When one can't be added, none is. */
  allOrNone: boolean;
  /** Written by the same transaction, which changes nothing when the hold is lost. */
  record?: { hold: Hold; progress: (outcomes: readonly AddOutcome[]) => Progress } | undefined;
}

/** Which users a list has: each field that is given narrows. */
export interface UserFilter {
  isActive?: boolean | undefined;
  /** Folded. */
  employeeID?: string | undefined;
  tagSerial?: string | undefined;
  organizationSerial?: string | undefined;
  /** Contained, folded. */
  name?: string | undefined;
  email?: string | undefined;
  /** Digits, of which one is contained. */
  phone?: readonly string[] | undefined;
}

/** Part of a list in the order of ids, which are UUIDv7: the order of creation. */
export interface CursorRange {
  /** The id after which the part begins; null begins with the first row. */
  after: string | null;
  limit: number;
}

/** Part of a list by the position of its first row, from 0. */
export interface OffsetRange {
  offset: number;
  limit: number;
}

export interface Page<Item> {
  items: Item[];
  /** Of the whole list. */
  total: number;
}

/** An item of a list and the id by which it is ordered. */
export interface Row<Item> {
  id: string;
  item: Item;
}

export type MailState = 'QUEUED' | 'SENT' | 'FAILED';

/**
 * What reading users needs of a store. Of a filter one field is served by an index, the first given of employeeID,
 * tagSerial, organizationSerial, isActive; every other one is looked for among the newest `searchWindow` users that it leaves.
 */
export interface UserReader {
  find(companyId: string, by: { serial: string } | { employeeID: string }): Promise<User | null>;
  /** Those that there are, in any order. */
  findAll(companyId: string, serials: readonly string[]): Promise<User[]>;
  list(companyId: string, filter: UserFilter, searchWindow: number, slice: CursorRange): Promise<Row<User>[]>;
  page(companyId: string, filter: UserFilter, searchWindow: number, places: OffsetRange): Promise<Page<User>>;
  count(companyId: string, filter: UserFilter, searchWindow: number): Promise<number>;
  /** What became of the mail with the password of each; a user without one is missing. */
  passwordMails(companyId: string, serials: readonly string[]): Promise<Map<string, MailState>>;
}

/** What creating and reading users needs of a store. Every verb is atomic and sees one company only. */
export interface UserStore extends UserReader {
  /** ConflictReport for each, in order. */
  lookUp(companyId: string, wanted: readonly ConflictQuery[]): Promise<ConflictReport[]>;
  /**
   * Users with tag links, organization and mail in one transaction, each whole or not at all; an outcome for each, in order.
   * Null when the hold of the record is lost: then nothing is written.
   */
  add(companyId: string, entries: readonly NewEntry[], options: AddOptions): Promise<AddOutcome[] | null>;
  /**
   * Replaces the password of a user who has an email: whatever is queued or dead of the old one is deleted, so that it is
   * never sent, and the mail with the new one is queued. Changes nothing within `notWithinMs` of the replacement before.
   */
  replacePassword(
    companyId: string,
    serial: string,
    replacement: { passwordHash: string; mail: OutboxEntry; at: Date; notWithinMs: number },
  ): Promise<ReplaceOutcome>;
}

export type ReplaceOutcome =
  | { kind: 'replaced' }
  /** There is no such user, or the user has no email. */
  | { kind: 'unknown' }
  | { kind: 'too-soon'; retryAfterMs: number };

/** The form in which a unique field is compared: lower case, folded here so that every store gives one verdict. */
export function foldKey(value: string): string {
  return value.toLowerCase();
}
