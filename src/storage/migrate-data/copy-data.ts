import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { canonical, type CopiedTable, keyOf, nextRows, planCopy, type Row } from './copy-plan.ts';
import { type CopyTarget, openCopyTarget } from './postgres-target.ts';
import { type CopySource, openCopySource } from './sqlite-source.ts';

/** The steps of a copy. */
export type CopyPhase = 'reading' | 'copying' | 'checking';

/** How to copy. */
export interface CopyOptions {
  /** Makes every check and writes nothing. */
  dryRun?: boolean;
  /** Stops after the chunk under way; the same call continues. */
  signal?: AbortSignal | undefined;
  /** In rows, those of an earlier call included. */
  onProgress?: ((phase: CopyPhase, done: number, total: number) => void) | undefined;
}

/** What a copy did. */
export interface CopyReport {
  /** Rows that an earlier, unfinished copy had left in the target. */
  continuedAt: number;
  /** What both sides hold, or of a dry run the source; SHA-256 in hexadecimal over the rows in the order of keys. */
  tables: { table: string; rows: number; sha256: string }[];
}

/**
 * Copies every table of a quiet SQLite file into an empty Postgres, chunk after chunk, and compares counts and
 * checksums of both sides in the end. After a stop, a crash or a lost connection the same call continues. Throws a
 * sentence that says what is wrong.
 */
export async function copyData(
  from: string,
  to: string,
  { dryRun = false, signal, onProgress }: CopyOptions = {},
): Promise<CopyReport> {
  const plan = planCopy();
  const source = await openCopySource(from, { readOnly: dryRun });
  let target: CopyTarget | undefined;
  try {
    target = await openCopyTarget(to, plan, { readOnly: dryRun });
    const total = plan.reduce((sum, table) => sum + source.count(table), 0);
    const continuedAt = target.continues ? await countCopied(source, target, plan) : 0;
    const counter = (phase: CopyPhase, start = 0) => {
      let done = start;
      onProgress?.(phase, done, total);
      return (rows: number): void => {
        onProgress?.(phase, (done += rows), total);
        if (signal?.aborted)
          throw new Error(
            `stopped while ${phase}: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} rows; ` +
              'the same command continues',
          );
      };
    };
    if (!dryRun) {
      const copied = counter('copying', continuedAt);
      for (const table of plan) await copyTable(source, target, table, copied);
    }
    const tables = [];
    const checked = counter(dryRun ? 'reading' : 'checking');
    for (const table of plan) {
      const [ours, theirs] = await Promise.all([
        digest(read(source, table), async (rows) => {
          if (dryRun) await target!.accept(table, rows);
          checked(rows.length);
        }),
        dryRun ? null : digest(target.read(table), () => undefined),
      ]);
      if (theirs && ours.rows !== theirs.rows)
        throw new Error(
          `${table.name} has ${ours.rows} rows in the source and ${theirs.rows} in the target. ${startOver}`,
        );
      if (theirs && ours.sha256 !== theirs.sha256)
        throw new Error(`the rows of ${table.name} in the target are not those of the source. ${startOver}`);
      tables.push({ table: table.name, ...ours });
    }
    if (source.hasChanged())
      throw new Error(
        'the source was written to during the copy. Stop every gateway on it. ' +
          (dryRun ? 'Then try again.' : startOver),
      );
    if (!dryRun) await target.finish();
    return { continuedAt, tables };
  } finally {
    source.close();
    await target?.close();
  }
}

const startOver = 'Drop the target, create it again and give the same command.';

/** Counts the rows that the target already has. Throws when the last of a table is not the source's. */
async function countCopied(source: CopySource, target: CopyTarget, plan: readonly CopiedTable[]): Promise<number> {
  let copied = 0;
  for (const table of plan) {
    const last = await target.last(table);
    if (last === null) continue;
    const original = source.find(table, keyOf(table, last));
    // References to the own table may be still to come.
    const plain = (row: Row) => canonical(row.filter((_, index) => !table.selfReferences.includes(index)));
    if (original === null || plain(original) !== plain(last))
      throw new Error(
        'the target holds an unfinished copy of another source, or this one was written to since: ' +
          `see ${table.name}. ${startOver}`,
      );
    copied += await target.count(table);
  }
  return copied;
}

async function copyTable(
  source: CopySource,
  target: CopyTarget,
  table: CopiedTable,
  copied: (rows: number) => void,
): Promise<void> {
  const last = target.continues ? await target.last(table) : null;
  for await (const rows of read(source, table, last && keyOf(table, last))) {
    await target.insert(table, rows);
    copied(rows.length);
  }
  if (table.selfReferences.length === 0) return;
  for await (const rows of read(source, table)) {
    await target.refer(
      table,
      rows.filter((row) => table.selfReferences.some((index) => row[index] !== null)),
    );
    copied(0);
  }
}

async function* read(source: CopySource, table: CopiedTable, after: Row | null = null): AsyncGenerator<Row[]> {
  for (let rows: Row[] = []; ; after = keyOf(table, rows.at(-1)!)) {
    // Reading blocks: the other side and a signal are served between two chunks.
    await setImmediate();
    rows = source.read(table, after, nextRows(rows));
    if (rows.length === 0) return;
    yield rows;
  }
}

async function digest(
  all: AsyncIterable<Row[]>,
  each: (rows: Row[]) => void | Promise<void>,
): Promise<{ rows: number; sha256: string }> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const rows of all) {
    for (const row of rows) hash.update(`${canonical(row)}\n`);
    count += rows.length;
    await each(rows);
  }
  return { rows: count, sha256: hash.digest('hex') };
}
