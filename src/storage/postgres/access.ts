import { and, desc, eq, isNull, lte, sql } from 'drizzle-orm';
import type { AccessStore, Client, Scope } from '../../access/ports.ts';
import type { Postgres } from './open.ts';
import type { Session } from './session.ts';
import { clients, companies, tokens } from './tables.ts';

/**
 * Inserts nothing when the client is revoked or its secret another. The share lock waits for a rotation that still runs
 * and reads its outcome.
 */
const addTokenStatement = {
  name: 'tokens-add',
  text: `
    with client as (select id from clients where id = $2 and secret_hash = $3 and revoked_at is null for share)
    insert into tokens (hash, client_id, scope, expires_at) select $1, id, $4, $5 from client returning true`,
};

/** A subquery for each token: for a join Postgres would read all clients. Null is a client that was revoked. */
const grantsStatement = {
  name: 'tokens-grants',
  text: `
    select hash, client_id as "clientId", scope,
      (select company_id from clients where id = client_id and revoked_at is null) as "companyId"
    from tokens where hash = any($1::bytea[]) and expires_at > $2 and expires_at <= $3`,
};

/** A window that ends more than twice as late as it may is of a clock that was ahead. */
const isOver = `(quota.ends_at <= now() or quota.ends_at > excluded.ends_at + $5 * interval '1 millisecond')`;

/** By the database's clock. The conflict locks the row that exists, so that the sum is right whoever else takes. */
const takeQuotaStatement = {
  name: 'quotas-take',
  text: `
    with taking as (
      insert into quotas as quota (client_id, used, taken, ends_at)
      select $1, greatest($2::int, $3::int / $4::int), greatest($2, $3 / $4), now() + $5 * interval '1 millisecond'
      where $2 <= $3
      on conflict (client_id) do update set (used, taken, ends_at) = (
        select
          case when over then 0 else quota.used end + share, share,
          case when over then excluded.ends_at else quota.ends_at end
        from (select ${isOver} as over) as state,
          lateral (
            select case when over then excluded.taken else greatest($2, ($3 - quota.used) / $4) end as share
          ) as part
      )
      where ${isOver} or quota.used + $2 <= $3
      returning taken, ends_at
    )
    select taken, extract(epoch from ends_at - now())::float8 * 1000 as "endsInMs" from (
      select taken, ends_at from taking
      union all select 0, ends_at from quotas where client_id = $1 and not exists (select from taking)
    ) as quota`,
};

/** Makes the store of companies, clients and tokens in one Postgres. */
export function makePostgresAccessStore({
  run,
  once,
  transaction,
}: Pick<Postgres, 'run' | 'once' | 'transaction'>): AccessStore {
  const findClient = async ({ db }: Session, id: string) =>
    (await db.select().from(clients).where(eq(clients.id, id)))[0] ?? null;
  const alive = (id: string) => and(eq(clients.id, id), isNull(clients.revokedAt));

  /**
   * Changes a client that is not revoked, and ends its tokens. They end in a statement of their own: its snapshot sees
   * those that were granted while the first one waited for the client's row.
   */
  const changeAndEndTokens = (id: string, change: Partial<typeof clients.$inferInsert>): Promise<boolean> =>
    transaction(async ({ db }) => {
      const { rowCount } = await db.update(clients).set(change).where(alive(id));
      if (rowCount === 0) return false;
      await db.delete(tokens).where(eq(tokens.clientId, id));
      return true;
    });

  return {
    addCompany: (company) =>
      once(
        async ({ db }) =>
          (await db.insert(companies).values(company).onConflictDoNothing({ target: companies.code })).rowCount === 1,
        async ({ db }) =>
          (await db.select({ id: companies.id }).from(companies).where(eq(companies.id, company.id))).length === 1 ||
          null,
      ),
    findCompany: (code) =>
      run(async ({ db }) => (await db.select().from(companies).where(eq(companies.code, code)))[0] ?? null),
    hasCompanies: () =>
      run(async ({ db }) => (await db.select({ id: companies.id }).from(companies).limit(1)).length > 0),
    listCompanies: () => run(async ({ db }) => db.select().from(companies).orderBy(companies.code)),
    updateCompany: (id, change) =>
      run(async ({ db }) => void (await db.update(companies).set(change).where(eq(companies.id, id)))),
    addClient: async ({ scopes, ...client }) => {
      await once(
        async ({ db }) => (await db.insert(clients).values({ ...client, scope: scopes.join(' ') })).rowCount === 1,
        async (session) => (await findClient(session, client.id)) !== null || null,
      );
    },
    findClient: (id) =>
      run(async (session) => {
        // Postgres refuses to compare a text with a NUL, which no stored text holds.
        const row = id.includes('\0') ? null : await findClient(session, id);
        return row ? toClient(row) : null;
      }),
    listClients: (companyId) =>
      run(async ({ db }) => {
        const rows = await db
          .select()
          .from(clients)
          .innerJoin(companies, eq(companies.id, clients.companyId))
          .where(companyId === undefined ? undefined : eq(clients.companyId, companyId))
          .orderBy(desc(clients.createdAt));
        return rows.map((row) => ({ ...toClient(row.clients), companyCode: row.companies.code }));
      }),
    rotateClient: (id, secretHash) => changeAndEndTokens(id, { secretHash }),
    revokeClient: (id, revokedAt) => changeAndEndTokens(id, { revokedAt }),
    addToken: ({ hash, scopes, expiresAt }, { id, secretHash }) =>
      once(
        async (session) =>
          (await session.query(addTokenStatement, [hash, id, secretHash, scopes.join(' '), expiresAt])).length === 1,
        async ({ db }) =>
          (await db.select({ hash: tokens.hash }).from(tokens).where(eq(tokens.hash, hash))).length === 1 || null,
      ),
    findCallers: async (hashes, now, latest) => {
      const rows = await run((session) =>
        session.query<{ hash: Buffer; clientId: string; companyId: string | null; scope: string }>(grantsStatement, [
          hashes,
          now,
          latest,
        ]),
      );
      const grants = new Map(rows.map((grant) => [grant.hash.toString('hex'), grant]));
      return hashes.map((hash) => {
        const grant = grants.get(hash.toString('hex'));
        return grant?.companyId
          ? { clientId: grant.clientId, companyId: grant.companyId, scopes: new Set(grant.scope.split(' ') as Scope[]) }
          : null;
      });
    },
    takeQuota: (clientId, request) => run((session) => takeQuota(session, clientId, request)),
    deleteExpiredTokens: (now, limit) =>
      run(async ({ db }) => {
        // Several gateways purge at the same hour: each takes rows of its own.
        const expired = db
          .select({ hash: tokens.hash })
          .from(tokens)
          .where(lte(tokens.expiresAt, now))
          .limit(limit)
          .for('update', { skipLocked: true });
        return (await db.delete(tokens).where(sql`${tokens.hash} = any(array(${expired}))`)).rowCount ?? 0;
      }),
  };
}

type QuotaRequest = Parameters<AccessStore['takeQuota']>[1];

async function takeQuota(
  session: Session,
  clientId: string,
  { users, limit, shareOfLeft, windowMs }: QuotaRequest,
): Promise<{ taken: number; endsInMs: number }> {
  const values = [clientId, users, limit, shareOfLeft, windowMs];
  const [row] = await session.query<{ taken: number; endsInMs: number }>(takeQuotaStatement, values);
  return row ?? { taken: 0, endsInMs: windowMs };
}

function toClient({ scope, ...client }: typeof clients.$inferSelect): Client {
  return { ...client, scopes: scope.split(' ') as Scope[] };
}
