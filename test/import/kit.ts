import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readConfig } from '../support/config.ts';
import { countKnown, readHeader } from '../../src/import/columns.ts';
import { openErrorFile } from '../../src/import/error-file.ts';
import { importRows } from '../../src/import/import-rows.ts';
import { makeStoreTarget } from '../../src/import/into-store.ts';
import type { Target } from '../../src/import/ports.ts';
import { openFile } from '../../src/import/open-file.ts';
import { openCsv } from '../../src/import/read-csv.ts';
import type { UpsertMode } from '../../src/users/plan-upserts.ts';
import { makeSeenKeys } from '../../src/import/seen-keys.ts';
import { makeCreation, openParts } from '../../src/gateway/creation.ts';

/** What the command puts together, on a new SQLite file or a given database: for tests of what an import does, without processes. */
export async function openImport({
  whenDone,
  databaseUrl,
}: {
  whenDone: (cleanUp: () => Promise<void>) => unknown;
  databaseUrl?: string;
}) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-import-'));
  const parts = await openParts(databaseUrl ?? `file:${join(folder, 'gateway.db')}`, Date.now);
  const { importUsers } = makeCreation({
    store: parts.store,
    config: readConfig({}).config!,
    secretKey: Buffer.alloc(32, 7),
    rateLimit: async () => undefined,
    wakeDelivery: () => undefined,
    now: Date.now,
  });
  whenDone(async () => {
    await parts.store.close();
    rmSync(folder, { recursive: true });
  });
  let companies = 0;

  async function company() {
    const code = [...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
    await parts.access.createCompany({ code, name: code });
    const owner = (await parts.access.findCompany(code))!;
    const serialOf = (outcome: object): string => ('serial' in outcome ? String(outcome.serial) : '');
    const tag = serialOf(await parts.directory.createTag(owner, { name: 'Staff' }));
    const organization = serialOf(
      await parts.directory.createOrganization(owner, { name: 'Head office', isActive: true }),
    );
    const inactive = serialOf(await parts.directory.createOrganization(owner, { name: 'Closed', isActive: false }));
    const addTag = async (name: string) => serialOf(await parts.directory.createTag(owner, { name }));
    const find = (employeeID: string) => parts.store.users.find(owner.id, { employeeID });
    /** Imports a file of this content; answers its report and the rows of its error file by the names of the columns. */
    async function importText(
      content: string | Buffer,
      options: {
        dryRun?: boolean;
        mode?: UpsertMode | null;
        name?: string;
        target?: Target;
        signal?: AbortSignal;
      } = {},
    ) {
      const path = join(folder, options.name ?? `${code}.csv`);
      writeFileSync(path, content);
      const { dryRun = false, mode = null, signal } = options;
      const target =
        options.target ??
        makeStoreTarget({
          importUsers,
          companyId: owner.id,
          mode,
          dryRun: dryRun ? makeSeenKeys(1_000).keys : null,
          signal,
        });
      const csv = await openCsv(await openFile(path), { countKnown });
      try {
        const columns = readHeader(csv.header, csv, mode !== null);
        const errorFile = dryRun ? null : await openErrorFile(csv, columns);
        const report = await importRows({
          csv,
          columns,
          target,
          dryRun,
          isUpsert: mode !== null,
          errors: errorFile,
          signal,
        });
        const errorText = existsSync(path.replace('.csv', '.errors.csv'))
          ? readFileSync(path.replace('.csv', '.errors.csv'), 'utf8')
          : null;
        const errors =
          errorText === null
            ? []
            : parse<Record<string, string>>(errorText, {
                columns: true,
                bom: true,
                delimiter: csv.delimiter,
                relax_column_count: true,
              });
        return { report, errorText, errors };
      } finally {
        await csv.close();
      }
    }
    return { ...owner, tag, organization, inactive, addTag, find, importText };
  }

  return { folder, company, importUsers, store: parts.store };
}

/** Every number of a rejected row, in order: the first has its own column, the others stand in the sentence. */
export function codesOf({ errorCode, errorDetail }: Record<string, string>): number[] {
  return [Number(errorCode), ...[...errorDetail!.matchAll(/; (\d{3,5}) /g)].map(([, code]) => Number(code))];
}

export function csvLine(cells: readonly string[], delimiter = ','): string {
  return cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);
}
