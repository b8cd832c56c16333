import { and, desc, eq, inArray, isNull, lte } from 'drizzle-orm';
import type { AccessStore, Client, Scope } from '../../access/ports.ts';
import { type Sqlite, violatedUnique } from './open.ts';
import { clients, companies, quotas, tokens } from './tables.ts';

/** Companies, clients and tokens in one SQLite file. `now` answers milliseconds since 1970. */
export function makeSqliteAccessStore({ db, run, write, prepare }: Sqlite, now: () => number): AccessStore {
  // Asked by every request. For `(select ?)` see `parameter`.
  const callerByToken = prepare(`
    select client_id, company_id, tokens.scope from tokens join clients on id = client_id where hash = (select ?) and expires_at > (select ?) and expires_at <= (select ?) and revoked_at is null`).raw();
  const endTokens = (clientId: string): unknown => db.delete(tokens).where(eq(tokens.clientId, clientId)).run();
  const alive = (id: string) => and(eq(clients.id, id), isNull(clients.revokedAt));

  return {
    addCompany: (company) =>
      write(() => db.insert(companies).values(company).run()).then(
        () => true,
        (error: unknown) => {
          if (violatedUnique(error)) return false;
          throw error;
        },
      ),
    findCompany: (code) => run(() => db.select().from(companies).where(eq(companies.code, code)).get() ?? null),
    hasCompanies: () => run(() => db.select({ id: companies.id }).from(companies).limit(1).get() !== undefined),
    addClient: ({ scopes, ...client }) =>
      write(
        () =>
          void db
            .insert(clients)
            .values({ ...client, scope: scopes.join(' ') })
            .run(),
      ),
    findClient: (id) =>
      run(() => {
        const row = db.select().from(clients).where(eq(clients.id, id)).get();
        return row ? toClient(row) : null;
      }),
    listClients: (companyId) =>
      run(() =>
        db
          .select()
          .from(clients)
          .innerJoin(companies, eq(companies.id, clients.companyId))
          .where(companyId === undefined ? undefined : eq(clients.companyId, companyId))
          .orderBy(desc(clients.createdAt))
          .all()
          .map((row) => ({ ...toClient(row.clients), companyCode: row.companies.code })),
      ),
    rotateClient: (id, secretHash) =>
      write(() => {
        if (db.update(clients).set({ secretHash }).where(alive(id)).run().changes === 0) return false;
        endTokens(id);
        return true;
      }),
    revokeClient: (id, revokedAt) =>
      write(() => {
        if (db.update(clients).set({ revokedAt }).where(alive(id)).run().changes === 0) return false;
        endTokens(id);
        return true;
      }),
    addToken: ({ scopes, ...token }, { id, secretHash }) =>
      write(() => {
        const client = db
          .select({ id: clients.id })
          .from(clients)
          .where(and(alive(id), eq(clients.secretHash, secretHash)))
          .get();
        if (!client) return false;
        db.insert(tokens)
          .values({ ...token, clientId: id, scope: scopes.join(' ') })
          .run();
        return true;
      }),
    findCallers: (hashes, now, latest) =>
      run(() =>
        hashes.map((hash) => {
          const found = callerByToken.get(hash, now.getTime(), latest.getTime()) as
            | [clientId: string, companyId: string, scope: string]
            | undefined;
          return found
            ? { clientId: found[0], companyId: found[1], scopes: new Set(found[2].split(' ') as Scope[]) }
            : null;
        }),
      ),
    takeQuota: (clientId, { users, limit, shareOfLeft, windowMs }) =>
      write(() => {
        const time = now();
        const kept = db.select().from(quotas).where(eq(quotas.clientId, clientId)).get();
        const { used, endsAt } =
          kept && kept.endsAt.getTime() > time && kept.endsAt.getTime() <= time + 2 * windowMs
            ? kept
            : { used: 0, endsAt: new Date(time + windowMs) };
        const left = limit - used;
        const taken = users > left ? 0 : Math.max(users, Math.floor(left / shareOfLeft));
        const quota = { used: used + taken, endsAt };
        if (taken > 0)
          db.insert(quotas)
            .values({ clientId, ...quota })
            .onConflictDoUpdate({ target: quotas.clientId, set: quota })
            .run();
        return { taken, endsInMs: endsAt.getTime() - time };
      }),
    deleteExpiredTokens: (now, limit) =>
      write(() => {
        const expired = db.select({ hash: tokens.hash }).from(tokens).where(lte(tokens.expiresAt, now)).limit(limit);
        return db.delete(tokens).where(inArray(tokens.hash, expired)).run().changes;
      }),
  };
}

function toClient({ scope, ...client }: typeof clients.$inferSelect): Client {
  return { ...client, scopes: scope.split(' ') as Scope[] };
}
