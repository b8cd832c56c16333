import type { Origin, OutboxEntry } from '../outbox/ports.ts';
import type { Hold, Progress } from './idempotency-store.ts';
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
  /** 1 at creation, one more with each change. */
  version: number;
  /** The last change; the creation where nothing has changed since. */
  updatedAt: Date;
}

/** What names one user of a company; an employee ID in any case. */
export type UserKey = { serial: string } | { employeeID: string };

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
  /** Whether an import already created a user with this import key, and whether that user is erased by now. */
  imported: false | 'created' | 'erased';
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

/** A change of one user: only what differs from the version that it was decided on. */
export interface UserChange {
  serial: string;
  /** If the user has another version by now, nothing changes. */
  version: number;
  set: Partial<StoredValues>;
  /** Replaces the list. */
  tagSerials?: readonly string[];
  organizationSerial?: string | null;
  /** PHC string. */
  passwordHash?: string;
  /** Whether the mails that are queued or dead are deleted: their address or password is the user's no longer. */
  endsMails: boolean;
  /** The mail with the new password. */
  mail: OutboxEntry | null;
  at: Date;
}

/** The outcome of changing one user. */
export type ChangeOutcome =
  /** As it is stored now. */
  | { kind: 'changed'; user: User }
  | { kind: 'taken'; field: UniqueField }
  | { kind: 'reference-gone' }
  | { kind: 'version-mismatch' }
  | { kind: 'unknown' };

/** One step of a write. */
export type UserWrite = { kind: 'add'; entry: NewEntry } | { kind: 'change'; change: UserChange };
/** The outcome of one step of a write. */
export type WriteOutcome = AddOutcome | ChangeOutcome;

/** How to write users. */
export interface WriteOptions<Outcome> {
  /** If one cannot be written, none is. */
  allOrNone: boolean;
  /** Whether others like it follow within some milliseconds, so that the store may wait for them to share a commit. */
  moreFollow?: boolean;
  /** The same transaction writes it. If the hold is lost, the transaction changes nothing. */
  record?: { hold: Hold; progress: (outcomes: readonly Outcome[]) => Progress } | undefined;
}
/** How to add users. */
export type AddOptions = WriteOptions<AddOutcome>;

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
  find(companyId: string, by: UserKey): Promise<User | null>;
  /** Returns the users that exist, in any order. */
  findAll(companyId: string, by: { serials: readonly string[] } | { employeeIDs: readonly string[] }): Promise<User[]>;
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
   * Adds and changes users, each whole or not at all, one after the other in one transaction: a step sees what the
   * steps before it wrote, and may take a value that one of them set free. Returns as `add` does.
   */
  write(
    companyId: string,
    steps: readonly UserWrite[],
    options: WriteOptions<WriteOutcome>,
  ): Promise<WriteOutcome[] | null>;
  /**
   * Erases a user and every personal value of it, for good: tag links, mails and their attempts too. Serial, moment and
   * import key stay as a tombstone.
   * @returns its serial; null if there is no such user
   */
  erase(companyId: string, by: UserKey, at: Date): Promise<string | null>;
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
