import type { FieldName } from '../../users/user-fields.ts';
import type { Credentials } from '../api-client.ts';
import { missingIn, template } from '../columns.ts';
import type { FinishedRun, FromWorker, OpenedFile, ToWorker } from './messages.ts';
import { makeRejectedTable } from './rejected-table.ts';

/** What the page says, in its language: api/pages/import-texts.ts. */
export type Texts = Record<string, string>;

const find = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const texts = JSON.parse(find('texts').textContent) as Texts;
const { lang } = document.documentElement;
const number = (value: number): string => value.toLocaleString(lang);
const say = (key: string, values: Record<string, string> = {}): string =>
  texts[key]!.replace(/\{(\w+)\}/g, (_, name: string) => values[name]!);

const parts = {
  file: find<HTMLInputElement>('file'),
  drop: find('drop'),
  columns: find<HTMLFieldSetElement>('columns'),
  token: find<HTMLInputElement>('token'),
  clientID: find<HTMLInputElement>('client-id'),
  clientSecret: find<HTMLInputElement>('client-secret'),
  check: find<HTMLButtonElement>('check'),
  create: find<HTMLButtonElement>('create'),
  stop: find<HTMLButtonElement>('stop'),
  progress: find<HTMLProgressElement>('progress'),
  status: find('status'),
  problem: find('problem'),
  notes: find('notes'),
  summary: find('summary'),
  errors: find<HTMLAnchorElement>('errors'),
};
const selects = [...parts.columns.querySelectorAll('select')];
const rejected = makeRejectedTable({ find, say, number });

let opened: OpenedFile | undefined;
/** The dry run of what the page shows; a change of file, columns or access ends it. */
let checked: FinishedRun | undefined;
let running: { dryRun: boolean; begunAt: number } | undefined;

const worker = new Worker('/import/worker.js', { type: 'module' });
const ask = (message: ToWorker): void => worker.postMessage(message);
worker.onmessage = ({ data }: { data: FromWorker }) => {
  switch (data.kind) {
    case 'opened':
      return showFile(data);
    case 'progress':
      return showProgress(data.done, data.total);
    case 'waiting':
      parts.status.textContent = data.why;
      return;
    case 'rejected':
      return rejected.add(data.rows);
    case 'finished':
      return showRun(data);
    case 'failed':
      return fail(data.message);
  }
};
worker.onerror = () => fail(say('broken'));

function choose(chosen: File | undefined, name = ''): void {
  if (!chosen || running) return;
  opened = undefined;
  forget();
  find('name').textContent = name;
  parts.status.textContent = say('reading');
  ask({ kind: 'open', file: chosen, language: lang });
}

function showFile(data: OpenedFile): void {
  opened = data;
  parts.progress.hidden = true;
  parts.status.textContent = say('fileRead', { rows: number(data.rows) });
  const positions = new Map(data.positions);
  for (const select of selects) {
    const options = data.header.map((name, at) => new Option(name.trim() || `${say('column')} ${at + 1}`, String(at)));
    select.replaceChildren(new Option(say('none'), ''), ...options);
    select.value = String(positions.get(select.name as FieldName) ?? '');
    showSample(select);
  }
  parts.columns.hidden = false;
  listNotes(data.notes);
  update();
}

function showSample(select: HTMLSelectElement): void {
  const cell = select.value === '' ? '' : (opened?.sample[Number(select.value)] ?? '');
  find(`sample-${select.name}`).textContent = select.name === 'password' && cell !== '' ? '••••••••' : cell;
}

function positions(): [FieldName, number][] {
  return selects
    .filter(({ value }) => value !== '')
    .map(({ name, value }): [FieldName, number] => [name as FieldName, Number(value)]);
}

function credentials(): Credentials | null {
  const clientID = parts.clientID.value.trim();
  const clientSecret = parts.clientSecret.value.trim();
  if (clientID && clientSecret) return { clientID, clientSecret };
  const token = parts.token.value.trim().replace(/^Bearer\s+/i, '');
  return token ? { token } : null;
}

function start(dryRun: boolean): void {
  const access = credentials();
  if (!access || !opened) return;
  forget(dryRun ? undefined : checked);
  running = { dryRun, begunAt: performance.now() };
  ask({ kind: 'run', dryRun, positions: positions(), credentials: access, url: location.origin });
  update();
  if (!dryRun) parts.stop.focus();
}

function showProgress(done: number, total: number): void {
  Object.assign(parts.progress, { hidden: false, max: Math.max(total, 1), value: done });
  if (!running || done === 0) return;
  const seconds = ((performance.now() - running.begunAt) / done / 1_000) * (total - done);
  const left = seconds > 90 ? `${Math.round(seconds / 60)} min` : `${Math.ceil(seconds)} s`;
  const values = { done: number(done), total: number(total), left };
  parts.status.textContent = say(running.dryRun ? 'checking' : 'creating', values);
}

function showRun(run: FinishedRun): void {
  const { report } = run;
  const wasDry = running?.dryRun === true;
  running = undefined;
  parts.progress.hidden = true;
  const key = report.interrupted ? 'stopped' : wasDry ? 'isChecked' : 'isCreated';
  parts.status.textContent = say(key, { done: number(report.rows), total: number(report.total) });
  const counts: [string, number][] = wasDry
    ? [
        ['rows', report.rows],
        ['willCreate', report.valid],
        ['willMail', run.mails],
      ]
    : [
        ['rows', report.rows],
        ['created', report.created],
        ['imported', report.imported],
        ['mailed', run.mails],
      ];
  parts.summary.replaceChildren(
    ...[...counts, ['refused', report.rejected] as const].flatMap(([label, count]) => {
      const [term, value] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = say(label);
      value.textContent = number(count);
      return [term, value];
    }),
  );
  listNotes(report.notes);
  rejected.finish();
  if (run.errorFile) {
    parts.errors.href = URL.createObjectURL(run.errorFile);
    parts.errors.download = report.errorFile ?? 'errors.csv';
    parts.errors.hidden = false;
  }
  find('mailbox').hidden = wasDry || run.mails === 0;
  if (wasDry && !report.interrupted) checked = run;
  // What was created is created: the file is checked anew before it goes in again.
  else if (!report.interrupted) checked = undefined;
  find('results').hidden = false;
  update();
  if (report.interrupted && !wasDry) parts.create.focus();
  else find('results').focus();
}

function listNotes(notes: readonly string[]): void {
  parts.notes.hidden = notes.length === 0;
  parts.notes.replaceChildren(
    ...notes.map((note) => {
      const item = document.createElement('li');
      item.textContent = note;
      return item;
    }),
  );
}

function fail(message: string): void {
  running = undefined;
  parts.progress.hidden = true;
  parts.status.textContent = '';
  parts.problem.textContent = message;
  parts.problem.hidden = false;
  update();
}

/** Forgets what a run showed. */
function forget(keep?: FinishedRun): void {
  checked = keep;
  if (parts.errors.href) URL.revokeObjectURL(parts.errors.href);
  parts.errors.removeAttribute('href');
  for (const part of [parts.errors, parts.problem, find('results')]) part.hidden = true;
  rejected.clear();
  update();
}

function update(): void {
  const missing = opened ? missingIn(new Map(positions())) : [];
  find('missing').textContent = missing.length > 0 ? say('missing', { names: missing.join('; ') }) : '';
  const isReady = opened !== undefined && missing.length === 0 && credentials() !== null && !running;
  parts.check.disabled = !isReady;
  parts.create.disabled = !isReady || !checked || checked.report.valid === 0;
  parts.create.textContent = checked ? say('create', { users: number(checked.report.valid) }) : say('createFirst');
  parts.stop.hidden = !running;
  parts.file.disabled = running !== undefined;
  parts.columns.disabled = running !== undefined;
}

parts.file.addEventListener('change', () => choose(parts.file.files?.[0]));
for (const select of selects)
  select.addEventListener('change', () => {
    showSample(select);
    forget();
  });
for (const input of [parts.token, parts.clientID, parts.clientSecret]) input.addEventListener('input', () => forget());
parts.check.addEventListener('click', () => start(true));
parts.create.addEventListener('click', () => start(false));
parts.stop.addEventListener('click', () => ask({ kind: 'stop' }));
for (const name of ['dragover', 'drop'] as const)
  addEventListener(name, (event) => {
    event.preventDefault();
    parts.drop.classList.toggle('over', name === 'dragover');
    if (name !== 'drop') return;
    const dropped = event.dataTransfer?.files[0];
    choose(dropped, dropped?.name);
  });
addEventListener('beforeunload', (event) => {
  if (running && !running.dryRun) event.preventDefault();
});
find<HTMLAnchorElement>('template').href = URL.createObjectURL(new Blob([template], { type: 'text/csv' }));
// A browser may have kept what was typed, or a file that was chosen, over a reload.
choose(parts.file.files?.[0]);
update();
