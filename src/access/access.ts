import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { batch } from '../batch.ts';
import { uuidv7 } from '../uuid.ts';
import type { AccessStore, Caller, Client, Company, CompanyChange, Scope } from './ports.ts';

/** The lifetime of an access token in seconds, as the public documentation shows it. */
export const tokenLifetimeSeconds = 43_199;
/**
 * A token that expires later than this from now was granted while the clock was far ahead, and would be valid for
 * years. Twice the lifetime, so that a clock that is set back by some hours ends no token.
 */
const maxLifeLeftSeconds = 2 * tokenLifetimeSeconds;

/** What access needs. */
export interface AccessNeeds {
  store: AccessStore;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The use cases of companies, clients and tokens. */
export type Access = ReturnType<typeof makeAccess>;

/**
 * Makes the use cases of companies, their clients and the tokens of the clients. Only the SHA-256 of a secret or a
 * token is stored: both have 256 random bits.
 */
export function makeAccess(needs: AccessNeeds) {
  return { ...makeTokens(needs), ...makeCompanies(needs.store, needs.now), ...makeClients(needs.store, needs.now) };
}

function makeTokens({ store, now }: AccessNeeds) {
  /** Grants a token; null when the client was revoked, or its secret replaced, since it was read. */
  async function grantToken(client: Client, scopes: readonly Scope[]): Promise<string | null> {
    const token = newSecret();
    const expiresAt = new Date(now() + tokenLifetimeSeconds * 1000);
    return (await store.addToken({ hash: sha256(token), scopes, expiresAt }, client)) ? token : null;
  }

  /** Looks tokens up together at the end of an iteration of the event loop (docs/decisions/0053). */
  const callerOf = batch(async (keys: readonly string[]) => {
    const tokens = [...new Set(keys)];
    const time = now();
    const latest = new Date(time + maxLifeLeftSeconds * 1000);
    const callers = await store.findCallers(tokens.map(sha256), new Date(time), latest);
    const callersByToken = new Map(tokens.map((token, at) => [token, callers[at]!]));
    return keys.map((token) => callersByToken.get(token)!);
  });

  return {
    /**
     * Finds the caller of an `Authorization` header, a bare token or `Bearer`.
     * @returns null when the token is missing, unknown, expired or revoked
     */
    async authenticate(authorization: string | null): Promise<Caller | null> {
      const token = authorization?.trim().replace(/^bearer\s+/i, '');
      return token ? callerOf(token) : null;
    },

    /**
     * Finds the client of these credentials. Takes the same time for an unknown client as for a wrong secret.
     * @returns null when there is no such client, the secret is wrong, or the client is revoked
     */
    async verifyClient(clientID: string, clientSecret: string): Promise<Client | null> {
      const client = await store.findClient(clientID);
      const right = timingSafeEqual(sha256(clientSecret), client?.secretHash ?? Buffer.alloc(32));
      return client && right && client.revokedAt === null ? client : null;
    },

    grantToken,

    /**
     * Issues a token without asking for the secret: for the demo client. Throws when the client is unknown or revoked.
     */
    async issueToken(clientID: string, scopes: readonly Scope[]): Promise<string> {
      const client = await store.findClient(clientID);
      const token = client && (await grantToken(client, scopes));
      if (!token) throw new Error(`there is no client ${clientID}, or it is revoked`);
      return token;
    },
  };
}

function makeCompanies(store: AccessStore, now: () => number) {
  return {
    /**
     * Creates a company; the demo gives its `id`.
     * @returns false when the code is taken
     */
    createCompany({
      id = uuidv7(now()),
      code,
      name,
      mailLocale = null,
      signInUrl = null,
      replyTo = null,
    }: Pick<Company, 'code' | 'name'> & Partial<Company>): Promise<boolean> {
      return store.addCompany({ id, code, name, mailLocale, signInUrl, replyTo, createdAt: new Date(now()) });
    },
    /** Finds a company by its code. */
    findCompany: (code: string): Promise<Company | null> => store.findCompany(code),
    /** Whether any company exists. */
    hasCompanies: (): Promise<boolean> => store.hasCompanies(),
    /** Lists all companies by their codes. */
    listCompanies: (): Promise<Company[]> => store.listCompanies(),
    /** Changes what is given, at least one value; what is absent stays. */
    updateCompany: ({ id }: Pick<Company, 'id'>, change: CompanyChange): Promise<void> =>
      store.updateCompany(id, change),
  };
}

function makeClients(store: AccessStore, now: () => number) {
  return {
    /** Creates a client. Its secret is returned here and nowhere else. */
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

    /**
     * Replaces the secret of a client; the old one and every token end at once.
     * @returns null when there is no such client or it is revoked
     */
    async rotateClient(clientID: string): Promise<{ clientSecret: string } | null> {
      const clientSecret = newSecret();
      return (await store.rotateClient(clientID, sha256(clientSecret))) ? { clientSecret } : null;
    },
    /**
     * Ends a client and its tokens at once.
     * @returns false when there is no such client or it is already revoked
     */
    revokeClient: (clientID: string): Promise<boolean> => store.revokeClient(clientID, new Date(now())),
    /** Lists the clients of one company or of all, newest first. */
    listClients: (companyId?: string) => store.listClients(companyId),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
