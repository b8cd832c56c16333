import type Database from 'better-sqlite3';
import { getTableColumns, getTableName, type Table } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';

const prepared = Symbol('prepared');

/** A prepared statement. Only a `Session` executes it, and only `run`, `snapshot` and `write` hand out a session. */
export interface Statement<Row> {
  readonly [prepared]: Database.Statement<unknown[]>;
  readonly toRow: ((values: unknown[]) => Row) | null;
}

/** Executes statements. A piece of work gets it for its own time; `write` makes a new one for each transaction. */
export interface Session {
  /** For statements that drizzle builds; when to use which: docs/decisions/0064. */
  readonly db: Omit<BetterSQLite3Database, 'transaction'>;
  get<Row>(statement: Statement<Row>, ...parameters: unknown[]): Row | undefined;
  all<Row>(statement: Statement<Row>, ...parameters: unknown[]): Row[];
  /** Executes a statement that answers no rows; returns how many rows it changed. */
  change(statement: Statement<never>, ...parameters: unknown[]): number;
}

/** Makes the sessions of one connection. */
export function makeSession(db: BetterSQLite3Database): Session {
  return {
    db,
    get<Row>({ [prepared]: statement, toRow }: Statement<Row>, ...parameters: unknown[]) {
      const row = statement.get(...parameters);
      return row !== undefined && toRow ? toRow(row as unknown[]) : (row as Row | undefined);
    },
    all<Row>({ [prepared]: statement, toRow }: Statement<Row>, ...parameters: unknown[]) {
      const rows = statement.all(...parameters);
      return toRow ? rows.map((row) => toRow(row as unknown[])) : (rows as Row[]);
    },
    change: ({ [prepared]: statement }, ...parameters) => statement.run(...parameters).changes,
  };
}

/** Prepares a statement once, for as many executions as there will be. */
export type Prepare = ReturnType<typeof makePrepare>;

/** Makes the function that prepares the statements of one connection. */
export function makePrepare(raw: { prepare(text: string): Database.Statement<unknown[]> }) {
  /**
   * Prepares a statement whose parameters are written `?` or `$name`.
   *
   * @param toRow makes a row out of its values; without it a row is an object by the names of the columns
   */
  return function prepare<Row = never>(
    text: string,
    toRow: ((values: unknown[]) => Row) | null = null,
  ): Statement<Row> {
    const statement = raw.prepare(withParametersInSubqueries(text));
    return { [prepared]: toRow ? statement.raw() : statement, toRow };
  };
}

/** Takes the one value of a row: the `toRow` of a statement with one column. */
export const onlyValue = <Value>([value]: unknown[]): Value => value as Value;

/** Statements that SQLite would prepare again for each value of a parameter. An insert has no plan to choose. */
const isPlannedByValue = /^(?!\s*insert\b)[^]*(?:\bjoin\b|\border by\b|\b(?:max|min)\(|[<>])/i;

/**
 * Writes each parameter as `(select ?)` where SQLite's plan depends on values; see docs/decisions/0035. A limit stays
 * as it is: no plan depends on it.
 */
function withParametersInSubqueries(text: string): string {
  return isPlannedByValue.test(text)
    ? text.replaceAll(/(?<!\b(?:limit|offset)\s+)(?:\?|\$\w+)/gi, '(select $&)')
    : text;
}

/**
 * Prepares the insert of whole rows into a table: every column of `tables.ts`, so that none is forgotten. drizzle's own
 * insert goes over every value twice more (docs/decisions/0039).
 */
export function prepareInsert<Into extends Table>(prepare: Prepare, table: Into) {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, { name }]) => `"${name}"`);
  const statement = prepare(`insert into "${getTableName(table)}" (${names}) values (${columns.map(() => '?')})`);
  return (session: Session, row: Into['$inferSelect']): void => {
    const values = columns.map(([property, column]) =>
      row[property] === null ? null : column.mapToDriverValue(row[property]),
    );
    session.change(statement, ...values);
  };
}

/**
 * Prepares the update of a row of a table by its id. Only the given columns are set: SQLite writes the indexes of every
 * column that a statement sets, and fires its triggers, even if the value stays. It prepares one statement for each
 * set of columns.
 */
export function prepareUpdate<Of extends Table>(prepare: Prepare, table: Of) {
  const columns = Object.entries(getTableColumns(table));
  const statements = new Map<string, Statement<never>>();
  const statementOf = (names: string): Statement<never> => {
    const known = statements.get(names);
    if (known) return known;
    const statement = prepare(`update "${getTableName(table)}" set ${names} where id = ?`);
    statements.set(names, statement);
    return statement;
  };
  return (session: Session, id: string, row: Partial<Of['$inferSelect']>): void => {
    const set = columns.filter(([property]) => row[property] !== undefined);
    const values = set.map(([property, column]) =>
      row[property] === null ? null : column.mapToDriverValue(row[property]),
    );
    session.change(statementOf(set.map(([, { name }]) => `"${name}" = ?`).join()), ...values, id);
  };
}
