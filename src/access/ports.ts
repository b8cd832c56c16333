import type { Locale } from '../mail/ports.ts';

export const scopes = [
  'users:create',
  'users:read',
  'users:issue-password',
  'tags:write',
  'tags:read',
  'organizations:read',
] as const;
export type Scope = (typeof scopes)[number];

export interface Company {
  id: string;
  /** `[A-Z]{4}`, unique in the installation. */
  code: string;
  name: string;
  mailLocale: Locale | null;
  createdAt: Date;
}

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

/** Whoever a valid access token speaks for. */
export interface Caller {
  clientId: string;
  companyId: string;
  scopes: ReadonlySet<Scope>;
}

export interface QuotaRequest {
  /** At most `limit`. */
  users: number;
  limit: number;
  shareOfLeft: number;
  windowMs: number;
}

/** What access needs of a store. Every verb is atomic. */
export interface AccessStore {
  /** False when the code is taken. */
  addCompany(company: Company): Promise<boolean>;
  findCompany(code: string): Promise<Company | null>;
  hasCompanies(): Promise<boolean>;
  addClient(client: Client): Promise<void>;
  findClient(id: string): Promise<Client | null>;
  /** Newest first, revoked ones too; of one company or of all. */
  listClients(companyId?: string): Promise<(Client & { companyCode: string })[]>;
  /** Replaces the secret of a client that is not revoked and ends its tokens; false when there is none. */
  rotateClient(id: string, secretHash: Buffer): Promise<boolean>;
  /** Ends the client and its tokens at once; false when there is none or it is revoked already. */
  revokeClient(id: string, at: Date): Promise<boolean>;
  /** False when the client is revoked, or `secretHash` is its secret no more: a token never outlives a rotation that it raced. */
  addToken(
    token: { hash: Buffer; scopes: readonly Scope[]; expiresAt: Date },
    client: Pick<Client, 'id' | 'secretHash'>,
  ): Promise<boolean>;
  /** Of each token the caller; null when there is none, it has expired at `now`, or its client is revoked. */
  findCallers(tokenHashes: readonly Buffer[], now: Date): Promise<(Caller | null)[]>;
  /**
   * Takes `users` of the `limit` that a client has in its window, or nothing when fewer are left; with them, up to the part
   * 1/`shareOfLeft` of what was left, for the calls to come. The first call after a window opens a new one of `windowMs`.
   */
  takeQuota(clientId: string, ask: QuotaRequest): Promise<{ taken: number; endsInMs: number }>;
  /** Deletes at most `limit` tokens expired at `now`; answers how many. */
  deleteExpiredTokens(now: Date, limit: number): Promise<number>;
}
