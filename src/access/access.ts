import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { batch } from '../batch.ts';
import type { Locale } from '../mail/ports.ts';
import { uuidv7 } from '../uuid.ts';
import type { AccessStore, Caller, Client, Company, Scope } from './ports.ts';

/** Seconds that an access token lives: what the documentation shows. */
export const tokenLifetime = 43_199;
/**
 * Seconds. A token that ends later than this was granted while the clock was far ahead, and would be good for years. Twice the
 * lifetime: a clock that is set back by some hours ends no token.
 */
const latestEnd = 2 * tokenLifetime;

export interface AccessNeeds {
  store: AccessStore;
  /** Milliseconds since 1970. */
  now: () => number;
}

export type Access = ReturnType<typeof makeAccess>;

/** Companies, their clients, and the tokens that speak for them. Only SHA-256 of secrets and tokens is stored: both are 256 random bits. */
export function makeAccess({ store, now }: AccessNeeds) {
  /** A token for some scopes of a client; null when it was revoked, or its secret replaced, since it was read. */
  async function grantToken(client: Client, scopes: readonly Scope[]): Promise<string | null> {
    const token = newSecret();
    const expiresAt = new Date(now() + tokenLifetime * 1000);
    return (await store.addToken({ hash: sha256(token), scopes, expiresAt }, client)) ? token : null;
  }

  /** Looked up at the end of a turn of the event loop, when all that share the answer have asked: nobody gets one from before a revocation. */
  const callerOf = batch(async (asked: readonly string[]) => {
    const tokens = [...new Set(asked)];
    const time = now();
    const found = await store.findCallers(tokens.map(sha256), new Date(time), new Date(time + latestEnd * 1000));
    const callers = new Map(tokens.map((token, at) => [token, found[at]!]));
    return asked.map((token) => callers.get(token)!);
  });

  return {
    /** The caller of an `Authorization` header, bare token or `Bearer`; null when it is missing, unknown, expired or revoked. */
    async authenticate(authorization: string | null): Promise<Caller | null> {
      const token = authorization?.trim().replace(/^bearer\s+/i, '');
      return token ? callerOf(token) : null;
    },

    /** The client of these credentials, or null; takes the same time for an unknown client as for a wrong secret. */
    async verifyClient(clientID: string, clientSecret: string): Promise<Client | null> {
      const client = await store.findClient(clientID);
      const right = timingSafeEqual(sha256(clientSecret), client?.secretHash ?? Buffer.alloc(32));
      return client && right && client.revokedAt === null ? client : null;
    },

    grantToken,

    /** A token for a client whose secret nobody has to show: that of the demo. */
    async issueToken(clientID: string, scopes: readonly Scope[]): Promise<string> {
      const client = await store.findClient(clientID);
      const token = client && (await grantToken(client, scopes));
      if (!token) throw new Error(`there is no client ${clientID}, or it is revoked`);
      return token;
    },

    /** False when the code is taken. `id` is given for demo data only. */
    createCompany({
      id = uuidv7(now()),
      code,
      name,
      mailLocale = null,
    }: {
      id?: string;
      code: string;
      name: string;
      mailLocale?: Locale | null;
    }): Promise<boolean> {
      return store.addCompany({ id, code, name, mailLocale, createdAt: new Date(now()) });
    },
    findCompany: (code: string): Promise<Company | null> => store.findCompany(code),
    hasCompanies: (): Promise<boolean> => store.hasCompanies(),

    /** The secret is shown here and nowhere else. */
    async createClient(
      company: { id: string },
      { name, scopes }: { name: string; scopes: Scope[] },
    ): Promise<{ clientID: string; clientSecret: string }> {
      const clientID = randomBytes(16).toString('hex');
      const clientSecret = newSecret();
      await store.addClient({
        id: clientID,
        companyId: company.id,
        name,
        scopes,
        secretHash: sha256(clientSecret),
        createdAt: new Date(now()),
        revokedAt: null,
      });
      return { clientID, clientSecret };
    },

    /** A new secret; the old one and every token end at once. Null when there is no such client or it is revoked. */
    async rotateClient(clientID: string): Promise<{ clientSecret: string } | null> {
      const clientSecret = newSecret();
      return (await store.rotateClient(clientID, sha256(clientSecret))) ? { clientSecret } : null;
    },
    /** Ends the client and its tokens at once; false when there is none or it is revoked already. */
    revokeClient: (clientID: string): Promise<boolean> => store.revokeClient(clientID, new Date(now())),
    listClients: (companyId?: string) => store.listClients(companyId),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
