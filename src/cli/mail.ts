import { InvalidArgumentError, Option } from 'commander';
import type { RowFilter } from '../outbox/ports.ts';
import type { Answer, Commands, Options } from './command.ts';
import { CommandError } from './command-error.ts';
import { addMarkSent } from './mark-sent.ts';
import type { Opened } from './open.ts';
import { limitOption } from './options.ts';
import { table } from './table.ts';

/** Adds `gateway mail …`. */
export function addMail(commands: Commands): void {
  const { group, change, query } = commands;
  const mail = group('mail', 'The outbox');
  const state = new Option('--state <state>', 'only these').choices(['queued', 'sent', 'dead']);
  const olderThan = new Option('--older-than <age>', 'only those queued so long ago, e.g. 10m').argParser(ageMs);
  const all = new Option('--all', 'every mail of the dead letter');
  query(mail, 'list', 'list mails, newest first', [state, ...filters(), olderThan, limitOption()], list);
  query(mail, 'show <id>', 'show a mail with its attempts and what the mail server answered', [], show);
  change(mail, 'retry [id]', 'send a mail of the dead letter again, or many', [all, ...filters()], retry);
  change(mail, 'hold', 'stop the delivery of all processes', [], async (_, { store: { outbox } }) => {
    await outbox.hold();
    return [{ held: true }, 'The delivery is held: mails are queued and not sent until gateway mail release.'];
  });
  change(mail, 'release', 'start the delivery again', [], async (_, { store: { outbox } }) => {
    await outbox.unhold();
    return [{ held: false }, 'The delivery goes on.'];
  });
  addMarkSent(mail, commands);
}

function filters(): Option[] {
  return [
    new Option('--error <text>', 'only those whose last error has this text').argParser(notEmpty),
    new Option('--domain <domain>', 'only those to this domain').argParser(notEmpty),
  ];
}

/** Every error contains an empty text: a variable of a script that is not set would mean every mail. */
function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

function filterOf({ error, domain, olderThan }: Options): RowFilter {
  return { error, domain, olderThanMs: olderThan };
}

async function list(options: Options, { store: { outbox } }: Opened): Promise<Answer> {
  const mails = await outbox.list({ ...filterOf(options), state: options.state, limit: options.limit });
  return [mails, table(mails)];
}

async function show({ id }: Options, { store: { outbox } }: Opened): Promise<Answer> {
  const shown = await outbox.show(id);
  if (!shown) throw new CommandError(`there is no mail ${id}`);
  const { row, attempts } = shown;
  const ended = attempts.length === 0 ? 'No attempt has ended yet.' : table(attempts);
  return [{ ...row, history: attempts }, `${table([row])}\n\n${ended}`];
}

async function retry(options: Options, { store: { outbox } }: Opened): Promise<Answer> {
  const { id, all, error, domain } = options;
  const isFiltered = error !== undefined || domain !== undefined;
  if ([id !== undefined, all === true, isFiltered].filter(Boolean).length !== 1)
    throw new CommandError('give either the id of a mail, or --all, or --error and --domain', 2);
  if (id === undefined) {
    const queued = await outbox.retryAll(filterOf(options));
    return [{ queued }, `${queued} ${queued === 1 ? 'mail is' : 'mails are'} queued again.`];
  }
  const outcome = await outbox.retry(id);
  if (outcome === 'unknown') throw new CommandError(`there is no mail ${id}`);
  if (outcome === 'not-dead') throw new CommandError(`mail ${id} is not in the dead letter`);
  if (outcome === 'erased')
    throw new CommandError(`the password of mail ${id} was erased after 7 days in the dead letter; set a new one`);
  return [{ id, state: 'queued' }, `Mail ${id} is queued again.`];
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses an age such as `10m` into milliseconds. */
function ageMs(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (!unit) throw new InvalidArgumentError('It must be a number with s, m, h or d, e.g. 90s, 10m, 2h or 7d.');
  return Number(number) * unitMs[unit]!;
}
