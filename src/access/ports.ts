import type { Locale } from '../mail/ports.ts';
import type { Origin } from '../outbox/ports.ts';

/** Every scope that a token may carry: which calls it may make. */
export const scopes = [
  'users:create',
  'users:read',
  'users:update',
  'users:erase',
  'users:issue-password',
  'tags:write',
  'tags:read',
  'organizations:read',
] as const;
/** One scope of a token. */
export type Scope = (typeof scopes)[number];

/** The owner of users, tags and organizations. */
export interface Company {
  id: string;
  /** `[A-Z]{4}`, unique in the installation. */
  code: string;
  name: string;
  mailLocale: Locale | null;
  /** Where its employees sign in, and whom they ask; null takes the installation's. */
  signInUrl: string | null;
  replyTo: string | null;
  createdAt: Date;
}

/** What of a company can change. */
export type CompanyChange = Partial<Pick<Company, 'name' | 'mailLocale' | 'signInUrl' | 'replyTo'>>;

/** A program that calls the API for one company. */
export interface Client {
  /** The public `clientID`. */
  id: string;
  companyId: string;
  name: string;
  scopes: Scope[];
  /** SHA-256 of the secret, 32 bytes. */
  secretHash: Buffer;
  createdAt: Date;
  revokedAt: Date | null;
}

/** The client, company and scopes that a valid token speaks for; a transport adds its request. */
export interface Caller extends Origin {
  clientId: string;
  companyId: string;
  scopes: ReadonlySet<Scope>;
}

/** A request of one process for a part of a client's quota (docs/decisions/0023). */
export interface QuotaRequest {
  /** At most `limit`. */
  users: number;
  /** Users in one window. */
  limit: number;
  /** The process takes up to the part 1/`shareOfLeft` of what is left. */
  shareOfLeft: number;
  windowMs: number;
}

/** What access needs of a store. Every verb is atomic (docs/decisions/0006). */
export interface AccessStore {
  /** Adds a company; false when the code is taken. */
  addCompany(company: Company): Promise<boolean>;
  findCompany(code: string): Promise<Company | null>;
  hasCompanies(): Promise<boolean>;
  /** Lists all companies by their codes. */
  listCompanies(): Promise<Company[]>;
  /** Changes what is given, at least one value; what is absent stays. */
  updateCompany(id: string, change: CompanyChange): Promise<void>;
  addClient(client: Client): Promise<void>;
  findClient(id: string): Promise<Client | null>;
  /** Lists the clients of one company or of all, newest first, revoked ones too. */
  listClients(companyId?: string): Promise<(Client & { companyCode: string })[]>;
  /** Replaces the secret and ends the tokens of a client; false when there is none or it is revoked. */
  rotateClient(id: string, secretHash: Buffer): Promise<boolean>;
  /** Ends the client and its tokens at once; false when there is none or it is already revoked. */
  revokeClient(id: string, at: Date): Promise<boolean>;
  /**
   * Adds a token; false when the client is revoked, or `secretHash` is no longer that of its secret. So a token never
   * outlives a rotation that it raced.
   */
  addToken(
    token: { hash: Buffer; scopes: readonly Scope[]; expiresAt: Date },
    client: Pick<Client, 'id' | 'secretHash'>,
  ): Promise<boolean>;
  /**
   * Finds the caller of each token, in order; null when there is no such token, it has expired at `now` or expires
   * after `latest`, or its client is revoked.
   */
  findCallers(tokenHashes: readonly Buffer[], now: Date, latest: Date): Promise<(Caller | null)[]>;
  /**
   * Takes `users` of the `limit` that a client has in its window, or nothing when fewer are left. With them it takes up
   * to the part 1/`shareOfLeft` of the rest, for calls to come. The first call after a window opens a new one of
   * `windowMs`. A window that ends more than twice as late was opened by a clock that was ahead, and is over; a smaller
   * difference may come from a race or a small step of the clock.
   */
  takeQuota(clientId: string, request: QuotaRequest): Promise<{ taken: number; endsInMs: number }>;
  /** Deletes at most `limit` tokens that have expired at `now`; returns how many. */
  deleteExpiredTokens(now: Date, limit: number): Promise<number>;
}
