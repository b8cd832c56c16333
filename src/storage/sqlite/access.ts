import { and, desc, eq, inArray, isNull, lte } from 'drizzle-orm';
import type { AccessStore, Client, Scope } from '../../access/ports.ts';
import { columnsOf } from './columns.ts';
import { violatedUnique } from './failures.ts';
import type { Sqlite } from './open.ts';
import type { Session } from './session.ts';
import { clients, companies, quotas, tokens } from './tables.ts';

const quotaColumns = columnsOf({ used: quotas.used, endsAt: quotas.endsAt });

/**
 * Makes the store of companies, clients and tokens in one SQLite file.
 *
 * @param now answers milliseconds since 1970
 */
export function makeSqliteAccessStore(
  { run, write, prepare }: Pick<Sqlite, 'run' | 'write' | 'prepare'>,
  now: () => number,
): AccessStore {
  const callerByToken = prepare(
    `select client_id, company_id, tokens.scope from tokens join clients on id = client_id
    where hash = ? and expires_at > ? and expires_at <= ? and revoked_at is null`,
    ([clientId, companyId, scope]) => ({
      clientId: clientId as string,
      companyId: companyId as string,
      scopes: scopesOf(scope as string),
    }),
  );
  const alive = (id: string) => and(eq(clients.id, id), isNull(clients.revokedAt));

  /** Changes a client that is not revoked, and ends its tokens. */
  function change({ db }: Session, id: string, change: Partial<typeof clients.$inferInsert>): boolean {
    if (db.update(clients).set(change).where(alive(id)).run().changes === 0) return false;
    db.delete(tokens).where(eq(tokens.clientId, id)).run();
    return true;
  }

  return {
    addCompany: (company) =>
      write(({ db }) => db.insert(companies).values(company).run()).then(
        () => true,
        (error: unknown) => {
          if (violatedUnique(error)) return false;
          throw error;
        },
      ),
    findCompany: (code) => run(({ db }) => db.select().from(companies).where(eq(companies.code, code)).get() ?? null),
    hasCompanies: () => run(({ db }) => db.select({ id: companies.id }).from(companies).limit(1).get() !== undefined),
    listCompanies: () => run(({ db }) => db.select().from(companies).orderBy(companies.code).all()),
    updateCompany: (id, change) =>
      write(({ db }) => void db.update(companies).set(change).where(eq(companies.id, id)).run()),
    addClient: ({ scopes, ...client }) =>
      write(
        ({ db }) =>
          void db
            .insert(clients)
            .values({ ...client, scope: scopes.join(' ') })
            .run(),
      ),
    findClient: (id) =>
      run(({ db }) => {
        const row = db.select().from(clients).where(eq(clients.id, id)).get();
        return row ? toClient(row) : null;
      }),
    listClients: (companyId) =>
      run(({ db }) =>
        db
          .select()
          .from(clients)
          .innerJoin(companies, eq(companies.id, clients.companyId))
          .where(companyId === undefined ? undefined : eq(clients.companyId, companyId))
          .orderBy(desc(clients.createdAt))
          .all()
          .map((row) => ({ ...toClient(row.clients), companyCode: row.companies.code })),
      ),
    rotateClient: (id, secretHash) => write((session) => change(session, id, { secretHash })),
    revokeClient: (id, revokedAt) => write((session) => change(session, id, { revokedAt })),
    addToken: ({ scopes, ...token }, { id, secretHash }) =>
      write(({ db }) => {
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
      run((session) => hashes.map((hash) => session.get(callerByToken, hash, now.getTime(), latest.getTime()) ?? null)),
    takeQuota: makeTakeQuota({ write, prepare }, now),
    deleteExpiredTokens: (now, limit) =>
      write(({ db }) => {
        const expired = db.select({ hash: tokens.hash }).from(tokens).where(lte(tokens.expiresAt, now)).limit(limit);
        return db.delete(tokens).where(inArray(tokens.hash, expired)).run().changes;
      }),
  };
}

function makeTakeQuota(
  { write, prepare }: Pick<Sqlite, 'write' | 'prepare'>,
  now: () => number,
): AccessStore['takeQuota'] {
  const quotaOf = prepare(`select ${quotaColumns.list} from quotas where client_id = ?`, (values) =>
    quotaColumns.read(values),
  );
  const putQuota = prepare(`
    insert into quotas (client_id, used, ends_at) values (?, ?, ?)
    on conflict do update set used = excluded.used, ends_at = excluded.ends_at`);

  return (clientId, { users, limit, shareOfLeft, windowMs }) =>
    write((session) => {
      const time = now();
      const quota = session.get(quotaOf, clientId);
      const endsAt = quota?.endsAt.getTime() ?? 0;
      // A window that ends too late is of a clock that was ahead.
      const { used, end } =
        quota && endsAt > time && endsAt <= time + 2 * windowMs
          ? { used: quota.used, end: endsAt }
          : { used: 0, end: time + windowMs };
      const left = limit - used;
      const taken = users > left ? 0 : Math.max(users, Math.floor(left / shareOfLeft));
      if (taken > 0) session.change(putQuota, clientId, used + taken, end);
      return { taken, endsInMs: end - time };
    });
}

function toClient({ scope, ...client }: typeof clients.$inferSelect): Client {
  return { ...client, scopes: scope.split(' ') as Scope[] };
}

function scopesOf(scope: string): Set<Scope> {
  return new Set(scope.split(' ') as Scope[]);
}
