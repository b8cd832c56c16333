import { noKeys } from '../../users/conflicts.ts';
import { makeApiClient } from '../api-client.ts';
import { columnsAt, countKnown, matchColumns } from '../columns.ts';
import { type ErrorSink, errorFileOf, makeErrorLines, type Rejected } from '../error-lines.ts';
import { importRows } from '../import-rows.ts';
import { makeGatewayTarget } from '../into-gateway.ts';
import type { Target } from '../ports.ts';
import { type CsvFile, openCsv } from '../read-csv.ts';
import { fileSource } from './file-source.ts';
import { english, type Translate, translateBy } from '../../translate.ts';
import { indonesianImport } from '../indonesian.ts';
import type { FromWorker, ToWorker } from './messages.ts';

// Reading, checks and calls happen here, so that the page stays responsive.
const post = (message: FromWorker): void => postMessage(message);
let csv: CsvFile | undefined;
let translate: Translate = english;
let stopping = new AbortController();

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'stop') return stopping.abort();
  const work = data.kind === 'open' ? open(data.file, data.language) : run(data);
  work.catch((error: Error) => post({ kind: 'failed', message: translate(error.message) }));
});

async function open(file: File, language: string): Promise<void> {
  csv = undefined;
  translate = language === 'id' ? translateBy(indonesianImport) : english;
  const opened = await openCsv(fileSource(file), { countKnown, onProgress });
  const { positions, notes, twice } = matchColumns(opened.header, opened);
  const first = (await opened.read().next()).value;
  csv = opened;
  post({
    kind: 'opened',
    header: opened.header,
    sample: first?.cells ?? [],
    rows: opened.rows,
    positions: [...positions],
    notes: [...twice, ...notes].map(translate),
  });
}

async function run({ dryRun, positions, credentials, url }: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  if (!csv) throw new Error('no file is open');
  stopping = new AbortController();
  const { signal } = stopping;
  const columns = columnsAt(csv.header, new Map(positions), []);
  const onWait = (why: string): void => post({ kind: 'waiting', why: translate(why) });
  const call = makeApiClient({ url, credentials, signal, onWait });
  const target = makeGatewayTarget({ call, dryRun: dryRun ? noKeys() : null });
  let mails = 0;
  const counting: Target = async (rows) => {
    const outcomes = await target(rows);
    mails += rows.filter(
      ({ input }, at) => ['created', 'valid'].includes(outcomes[at]!.kind) && String(input.email ?? '').trim() !== '',
    ).length;
    return outcomes;
  };
  const employeeID = columns.positions.get('employeeID') ?? -1;
  const errors = collectErrors(csv, columns, (rows) =>
    post({
      kind: 'rejected',
      rows: rows.map(({ line, cells, errorCode, detail }) => ({
        line,
        employeeID: cells[employeeID] ?? '',
        errorCode,
        detail,
      })),
    }),
  );
  const report = await importRows({ csv, columns, target: counting, dryRun, errors, translate, signal, onProgress });
  post({ kind: 'finished', report, mails, errorFile: errors.file() });
}

/** Makes the sink that lists the rejected rows and keeps the file of them. */
function collectErrors(
  csv: CsvFile,
  columns: Parameters<typeof makeErrorLines>[1],
  onRejected: (rows: readonly Rejected[]) => void,
): ErrorSink & { file: () => Blob | null } {
  const lines = makeErrorLines(csv, columns);
  const parts: string[] = [];
  return {
    path: errorFileOf(csv.path),
    translate,
    async add(rows) {
      if (rows.length === 0) return;
      parts.push(...rows.map(lines.lineOf));
      onRejected(rows);
    },
    close: async () => undefined,
    file: () => (parts.length === 0 ? null : new Blob([lines.head(), ...parts], { type: 'text/csv;charset=utf-8' })),
  };
}

function onProgress(done: number, total: number): void {
  post({ kind: 'progress', done, total });
}
