import { type Column, getTableColumns, is } from 'drizzle-orm';
import { getTableConfig as postgresConfig, PgTable } from 'drizzle-orm/pg-core';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import * as postgresTables from '../postgres/tables.ts';
import * as sqliteTables from '../sqlite/tables.ts';

/** The values of a row as the program sees them in either engine: a date is a Date, bytes are a Buffer. */
export type Row = readonly unknown[];

/** A table as both engines have it. Rows have their values in the order of `columns`; the rest are positions in it. */
export interface CopiedTable {
  name: string;
  columns: readonly { name: string; sqlite: Column; postgres: Column }[];
  key: readonly number[];
  /** Columns that refer to the table itself, e.g. the organization above. */
  selfReferences: readonly number[];
}

/** Windows of the rate limit, over within a minute, and processes that are alive. */
const notCopied = ['quotas', 'deliveryProcesses'];

/**
 * Lists the tables that both stores export under one name, each after those that it refers to. Throws when the two
 * differ in a column.
 */
export function planCopy(): CopiedTable[] {
  const left = new Map(
    Object.entries(postgresTables).filter(([name, table]) => is(table, PgTable) && !notCopied.includes(name)),
  );
  const plan: CopiedTable[] = [];
  const placed = new Set<string>();
  while (left.size > 0) {
    const ready = [...left].filter(([, table]) => referred(table).every((other) => placed.has(other)));
    if (ready.length === 0)
      throw new Error(`these tables refer to each other in a circle: ${[...left.keys()].join(', ')}`);
    for (const [name, table] of ready) {
      const sqlite = (sqliteTables as Record<string, unknown>)[name];
      if (!is(sqlite, SQLiteTable)) throw new Error(`SQLite has no table ${name}`);
      plan.push(tableOf(sqlite, table));
      placed.add(postgresConfig(table).name);
      left.delete(name);
    }
  }
  return plan;
}

/** The names of the other tables that a table refers to. */
function referred(table: PgTable): string[] {
  const { name, foreignKeys } = postgresConfig(table);
  return foreignKeys.map((key) => postgresConfig(key.reference().foreignTable).name).filter((other) => other !== name);
}

function tableOf(sqlite: SQLiteTable, table: PgTable): CopiedTable {
  const { name, primaryKeys, foreignKeys } = postgresConfig(table);
  const [ours, theirs]: Record<string, Column>[] = [getTableColumns(sqlite), getTableColumns(table)];
  const properties = Object.keys(theirs!);
  if (properties.toSorted().join() !== Object.keys(ours!).toSorted().join())
    throw new Error(`the two stores differ in the columns of ${name}`);
  const columns = properties.map((property) => ({
    name: theirs![property]!.name,
    sqlite: ours![property]!,
    postgres: theirs![property]!,
  }));
  // By name: in the keys of a table drizzle hands out other objects for its columns.
  const position = (column: Column) => columns.findIndex(({ name }) => name === column.name);
  const single = columns.findIndex(({ postgres }) => postgres.primary);
  const key = single >= 0 ? [single] : primaryKeys[0]?.columns.map(position);
  if (!key) throw new Error(`${name} has no primary key`);
  const selfReferences = foreignKeys
    .map((one) => one.reference())
    .filter(({ foreignTable }) => foreignTable === table)
    .flatMap((one) => one.columns.map(position));
  return { name, columns, key, selfReferences };
}

/** Writes a row as one line, which is the same for the same row in both engines and differs for different rows. */
export function canonical(row: Row): string {
  return JSON.stringify(
    row.map((value) =>
      value instanceof Date ? value.getTime() : Buffer.isBuffer(value) ? value.toString('hex') : value,
    ),
  );
}

/** Takes the values of the primary key out of a row. */
export function keyOf({ key }: CopiedTable, row: Row): Row {
  return key.map((position) => row[position]);
}

/** Rows are read by the thousand, unless they are so long that a chunk would pass this many bytes. */
const chunkBytes = 2_000_000;
const firstRows = 100;
const maxRows = 1_000;

/** Decides how many rows the next chunk has, by the size of the rows of the last one. */
export function nextRows(last: readonly Row[]): number {
  if (last.length === 0) return firstRows;
  let bytes = 0;
  for (const row of last)
    for (const value of row) bytes += typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
  return Math.max(1, Math.min(maxRows, Math.floor((last.length * chunkBytes) / bytes)));
}
