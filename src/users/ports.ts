import type { Origin, OutboxEntry } from '../outbox/ports.ts';
import type { StoredValues } from './user-fields.ts';

/** A tag of a company, which users can have. */
export interface Tag {
  serial: string;
  name: string;
}

/** An organization of a company, to which a user can belong. */
export interface Organization {
  serial: string;
  name: string;
  isActive: boolean;
}

/** An organization in the structure of its company. */
export interface StructuredOrganization extends Organization {
  parentSerial: string | null;
}

/** A company whose users the gateway keeps. */
export interface Company {
  id: string;
  code: string;
  name: string;
}

/** Who calls a use case: a client, in the name of its company, by a request. */
export interface Caller extends Origin {
  clientId: string;
  companyId: string;
}

/** A stored user. Its phone is digits of E.164 without the plus. */
export interface User extends StoredValues {
  serial: string;
  /** In the order of the request. */
  tags: Tag[];
  organization: Organization | null;
  createdAt: Date;
}

/** Fields whose value only one user of a company can have, in the order of their problems. */
export const uniqueFields = ['employeeID', 'email', 'phone', 'username'] as const;
/** The name of a unique field. */
export type UniqueField = (typeof uniqueFields)[number];

/** The look-up before a user is added: unique fields are folded (`foldKey`), serials are unchanged. */
export type ConflictQuery = { [F in UniqueField]?: string | undefined } & {
  tagSerials: readonly string[];
  organizationSerial: string | null;
  importKey: string | null;
};

/** The conflicts of a user with what is stored. */
export interface ConflictReport {
  taken: UniqueField[];
  /** Whether an import already created a user with this import key. */
  imported: boolean;
  unknownTags: string[];
  organization: 'none' | 'unknown' | 'inactive' | 'active';
}

/** A user to write: its fields are normalised and its references exist. */
export interface NewUser extends StoredValues {
  /** UUIDv7; the store takes the next one after its greatest where this is not greater, see `uuidv7After`. */
  id: string;
  companyId: string;
  serial: string;
  /** PHC string. */
  passwordHash: string;
  tagSerials: readonly string[];
  organizationSerial: string | null;
  /** The row of a file from which an import creates this user; null for every other user. */
  importKey: string | null;
  createdAt: Date;
}

/** A user to write, and its mail. */
export interface NewEntry {
  user: NewUser;
  mail: OutboxEntry | null;
}

/** The outcome of adding one user. */
export type AddOutcome =
  | { kind: 'added'; user: User }
  /** A constraint refused it: another call wrote the value first. */
  | { kind: 'taken'; field: UniqueField | 'serial' | 'importKey' }
  /** Since the look-up a tag or the organization was deleted or became inactive. */
  | { kind: 'reference-gone' };

/** An idempotency key of a client, held by one call. */
export interface Hold {
  clientId: string;
  key: string;
  /** Random, another for each call: fences a lease against a later holder. */
  holder: string;
}

/** The outcomes of a call so far, as JSON: see users/idempotency.ts. */
export interface Progress {
  results: string;
  completed: boolean;
}

/** The outcome of reserving an idempotency key. */
export type ReserveOutcome =
  /** This call holds the key; `results` come from an earlier call that died before its end. */
  | { kind: 'reserved'; results: string | null }
  | { kind: 'completed'; results: string }
  /** The key belongs to another request. */
  | { kind: 'reused' }
  /** Its first request still runs. */
  | { kind: 'in-use' };

/** The store of idempotency keys. Every verb is atomic. A record ends `keepMs` after its first request. */
export interface IdempotencyStore {
  /**
   * Holds the key for `leaseMs`. A lease that ends more than twice as late was written by a clock that was ahead, and
   * is over. A request is the same if its record has one of `fingerprints`; a new record gets the first of them.
   */
  reserve(hold: Hold, fingerprints: readonly Buffer[], leaseMs: number, keepMs: number): Promise<ReserveOutcome>;
  /** Moves the end of the lease to `leaseMs` from now; false if the hold is lost. */
  renew(hold: Hold, leaseMs: number): Promise<boolean>;
  /** Writes the progress outside of a creation; false if the hold is lost. */
  note(hold: Hold, progress: Progress): Promise<boolean>;
  /** Ends the hold: deletes the record, or, if it has results, lets the next call continue at once. */
  release(hold: Hold): Promise<void>;
  /**
   * Deletes at most `limit` records older than `keepMs`. The age of a record from a clock that was ahead begins now.
   * @returns how many
   */
  deleteOld(keepMs: number, limit: number): Promise<number>;
}

/** How to add users. */
export interface AddOptions {
  /** If one cannot be added, none is. */
  allOrNone: boolean;
  /** The same transaction writes it. If the hold is lost, the transaction changes nothing. */
  record?: { hold: Hold; progress: (outcomes: readonly AddOutcome[]) => Progress } | undefined;
}

/** Which users a list has. A user matches every field that is set. */
export interface UserFilter {
  isActive?: boolean | undefined;
  /** Folded. */
  employeeID?: string | undefined;
  tagSerial?: string | undefined;
  organizationSerial?: string | undefined;
  /** Contained, folded. */
  name?: string | undefined;
  email?: string | undefined;
  /** Digits; a phone contains at least one of them. */
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

/** One page of a list. */
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

/** The state of the mail with a password. */
export type MailState = 'QUEUED' | 'SENT' | 'FAILED';

/**
 * The store that users are read from. An index serves one field of a filter, the first of employeeID, tagSerial,
 * organizationSerial and isActive that is set. Its newest `searchWindow` users are searched for the other fields.
 */
export interface UserReader {
  find(companyId: string, by: { serial: string } | { employeeID: string }): Promise<User | null>;
  /** Returns the users that exist, in any order. */
  findAll(companyId: string, serials: readonly string[]): Promise<User[]>;
  list(companyId: string, filter: UserFilter, searchWindow: number, slice: CursorRange): Promise<Row<User>[]>;
  page(companyId: string, filter: UserFilter, searchWindow: number, places: OffsetRange): Promise<Page<User>>;
  count(companyId: string, filter: UserFilter, searchWindow: number): Promise<number>;
  /** Returns the state of each user's password mail; a user without one is missing. */
  passwordMails(companyId: string, serials: readonly string[]): Promise<Map<string, MailState>>;
}

/** The store of users. Every verb is atomic and sees one company only. */
export interface UserStore extends UserReader {
  /** Returns a report for each query, in order. */
  lookUp(companyId: string, wanted: readonly ConflictQuery[]): Promise<ConflictReport[]>;
  /**
   * Adds users with their tag links, organization and mail in one transaction, each whole or not at all. Returns an
   * outcome for each, in order, or null if the hold of the record is lost: then nothing was written.
   */
  add(companyId: string, entries: readonly NewEntry[], options: AddOptions): Promise<AddOutcome[] | null>;
  /**
   * Replaces the password of a user who has an email and queues the mail with the new one. Mails with the old password
   * that are queued or dead are deleted, so that they are never sent. Changes nothing within `notWithinMs` of the last
   * time.
   */
  replacePassword(
    companyId: string,
    serial: string,
    replacement: { passwordHash: string; mail: OutboxEntry; at: Date; notWithinMs: number },
  ): Promise<ReplaceOutcome>;
}

/** The outcome of replacing a password. */
export type ReplaceOutcome =
  | { kind: 'replaced' }
  /** There is no such user, or the user has no email. */
  | { kind: 'unknown' }
  | { kind: 'too-soon'; retryAfterMs: number };

/** Folds a unique value to lower case for comparison. Every store uses this form, so that all give one verdict. */
export function foldKey(value: string): string {
  return value.toLowerCase();
}
