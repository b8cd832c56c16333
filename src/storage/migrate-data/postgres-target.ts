import pg from 'pg';
import { type CopiedTable, nextRows, type Row } from './copy-plan.ts';
import { applicationName, defaults, readAddress } from '../postgres/address.ts';
import { isLost, withoutValues } from '../postgres/failures.ts';
import { copyMarker, migrate } from '../postgres/migrate.ts';

/** Any number that no other program uses as a lock in the same database. */
const advisoryLock = 0x72_75_6b_63;
/** A copy that was killed holds its lock until Postgres sees the broken connection. */
const lockTimeout = '10s';

/** Writes and reads the rows of the target. */
export type CopyTarget = Awaited<ReturnType<typeof openCopyTarget>>;

/**
 * Opens the database of a `postgres://…` address as the target of a copy, on one connection that holds a lock against a
 * second copy. Migrates unless `readOnly`. Throws a sentence when the database has rows that are not of an unfinished
 * copy, or when a gateway runs on it.
 */
export async function openCopyTarget(url: string, plan: readonly CopiedTable[], { readOnly }: { readOnly: boolean }) {
  // One connection, no pool; a copy is not in a hurry, and none of its statements is timed.
  const { connectionString, settings } = readAddress(url, { ...defaults, connect_timeout: 10 });
  const connection = {
    connectionString,
    connectionTimeoutMillis: settings.connect_timeout * 1000,
    application_name: `${applicationName} migrate-data`,
    keepAlive: true,
  };
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  const { rows, exists, hasRows } = makeQueries(client);
  try {
    await client.connect();
    await client.query(
      `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = '${lockTimeout}'`,
    );
    await client.query('select pg_advisory_lock($1)', [advisoryLock]).catch((error: unknown) => {
      throw error instanceof pg.DatabaseError && error.code === '55P03'
        ? new Error('another copy into the target is under way')
        : error;
    });
    const [encoding] = await rows<[string]>('show server_encoding');
    if (encoding![0] !== 'UTF8') throw new Error(`the target must have the encoding UTF8, it has ${encoding![0]}`);
    const continues = await exists(copyMarker);
    for (const { name } of continues ? [] : plan) {
      if (await hasRows(name))
        throw new Error(`the target is not empty: there are rows in ${name}; a copy needs a new database`);
    }
    const gateways = await rows(
      'select 1 from pg_stat_activity where datname = current_database() and application_name = $1',
      [applicationName],
    );
    if (gateways.length > 0)
      throw new Error(
        'a gateway runs on the target, where it would send the mails of an unfinished copy: stop it first',
      );
    if (!readOnly) {
      await migrate(connection, { copying: true });
      await client.query(`create table if not exists ${copyMarker} as select now() as started_at`);
    }
    return { continues, ...makeTarget(client, plan) };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw sentenceOf(error);
  }
}

/** Makes the verbs of a copy on a connection. */
function makeTarget(client: pg.Client, plan: readonly CopiedTable[]) {
  const { rows, exists } = makeQueries(client);
  return {
    count: async ({ name }: CopiedTable) =>
      (await exists(name)) ? Number((await rows<[string]>(`select count(*) from ${quoted(name)}`))[0]![0]) : 0,
    /** The row with the greatest key, or null. */
    async last(table: CopiedTable): Promise<Row | null> {
      if (!(await exists(table.name))) return null;
      const [row] = await rows(
        `select ${names(table)} from ${quoted(table.name)} order by ${inKeyOrder(table, 'desc')} limit 1`,
      );
      return row ? toRow(table, row) : null;
    },
    /** Writes nothing; throws when these rows do not fit the types of the columns. */
    accept: (table: CopiedTable, rows: readonly Row[]) => send(table, 'select count(*)', rows),
    /**
     * All or none of them; a reference to the table itself stays empty until `refer`, since its row may come later.
     */
    insert: (table: CopiedTable, added: readonly Row[]) =>
      send(table, `insert into ${quoted(table.name)} (${names(table)}) select *`, added),
    /** Fills in the references of these rows to their own table. */
    async refer(table: CopiedTable, changed: readonly Row[]): Promise<void> {
      const { key, selfReferences } = table;
      const set = selfReferences.map((index) => `${quoted(table.columns[index]!.name)} = changed.r${index}`).join();
      const where = key
        .map((index) => `${quoted(table.name)}.${quoted(table.columns[index]!.name)} = changed.k${index}`)
        .join(' and ');
      const aliases = [...key.map((index) => `k${index}`), ...selfReferences.map((index) => `r${index}`)].join();
      const positions = [...key, ...selfReferences];
      await client
        .query(
          `update ${quoted(table.name)} set ${set}
            from unnest(${types(table, positions)}) as changed (${aliases}) where ${where}`,
          positions.map((index) => column(table, index, changed)),
        )
        .catch(fail);
    },
    /** Every row in the order of keys, out of one snapshot. */
    async *read(table: CopiedTable): AsyncGenerator<Row[]> {
      await client.query('begin isolation level repeatable read read only').catch(fail);
      try {
        await client.query(
          `declare copied no scroll cursor for
            select ${names(table)} from ${quoted(table.name)} order by ${inKeyOrder(table, 'asc')}`,
        );
        for (let chunk: Row[] = []; ;) {
          chunk = (await rows(`fetch ${nextRows(chunk)} from copied`)).map((row) => toRow(table, row));
          if (chunk.length === 0) return;
          yield chunk;
        }
      } finally {
        await client.query('rollback').catch(() => undefined);
      }
    },
    /** The copy is whole: the planner learns what there is before the first request does, and the marker goes. */
    async finish(): Promise<void> {
      await client.query(`analyze ${plan.map(({ name }) => quoted(name)).join()}`).catch(fail);
      await client.query(`drop table ${copyMarker}`).catch(fail);
    },
    close: () => client.end().catch(() => undefined),
  };

  async function send(table: CopiedTable, verb: string, sent: readonly Row[]): Promise<void> {
    const values = table.columns.map((_, index) =>
      table.selfReferences.includes(index) ? sent.map(() => null) : column(table, index, sent),
    );
    await client
      .query({
        name: `${verb.slice(0, 6)}-${table.name}`,
        text: `${verb} from unnest(${types(table, table.columns.keys())})`,
        values,
      })
      .catch((error: unknown) => {
        const reported = sentenceOf(error) as Error;
        throw isLost(error) ? reported : new Error(`${table.name}: ${reported.message}`, { cause: reported });
      });
  }
}

/** Makes the queries that are not about one table of the plan. */
function makeQueries(client: pg.Client) {
  return { rows, exists, hasRows };

  async function rows<R extends unknown[]>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await client.query<R>({ text, values, rowMode: 'array' }).catch(fail)).rows;
  }

  async function exists(table: string): Promise<boolean> {
    return (await rows('select 1 where to_regclass($1) is not null', [quoted(table)])).length > 0;
  }

  async function hasRows(table: string): Promise<boolean> {
    return (await exists(table)) && (await rows(`select 1 from ${quoted(table)} limit 1`)).length > 0;
  }
}

function column({ columns }: CopiedTable, index: number, rows: readonly Row[]): unknown[] {
  const { postgres } = columns[index]!;
  return rows.map((row) => (row[index] === null ? null : postgres.mapToDriverValue(row[index])));
}

function toRow({ columns }: CopiedTable, values: readonly unknown[]): Row {
  return values.map((value, index) => (value === null ? null : columns[index]!.postgres.mapFromDriverValue(value)));
}

function names({ columns }: CopiedTable): string {
  return columns.map(({ name }) => quoted(name)).join();
}

/** Orders texts by their bytes, as SQLite does, whatever the collation of the database. */
function inKeyOrder({ columns, key }: CopiedTable, direction: 'asc' | 'desc'): string {
  return key
    .map((index) => {
      const { name, postgres } = columns[index]!;
      return `${quoted(name)}${postgres.getSQLType() === 'text' ? ' collate "C"' : ''} ${direction}`;
    })
    .join();
}

function types({ columns }: CopiedTable, positions: Iterable<number>): string {
  return [...positions].map((index, place) => `$${place + 1}::${columns[index]!.postgres.getSQLType()}[]`).join();
}

function fail(error: unknown): never {
  throw sentenceOf(error);
}

/** Makes a sentence about a driver's error, without the values that it may quote. */
function sentenceOf(error: unknown): unknown {
  if (!isLost(error)) return withoutValues(error);
  // With two addresses of one host (::1, 127.0.0.1) Node's error has a code and no words.
  const { message, code } = error as NodeJS.ErrnoException;
  return new Error(`the target cannot be reached: ${message || code}`, { cause: error });
}

function quoted(name: string): string {
  return `"${name}"`;
}
