import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';

/** Adds `gateway mail mark-sent`. */
export function addMarkSent(mail: Command, { change }: Commands): void {
  change(
    mail,
    'mark-sent <file>',
    'after a restore: mark the queued mails as sent whose ids are in a file, one a line',
    [],
    async ({ file }, { store: { outbox } }) => {
      const marked = await outbox.markDelivered(await readIds(file));
      return [{ marked }, `${marked} queued mails were marked as sent.`];
    },
  );
}

/** Reads the ids of mails out of a file, one a line; refuses a file with anything else. */
async function readIds(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(({ code, message }: NodeJS.ErrnoException) => {
    throw new CommandError(code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${message}`);
  });
  const lines = text.split('\n').map((line) => line.trim());
  const wrong = lines.findIndex((line) => line !== '' && !isId(line));
  if (wrong >= 0) throw new CommandError(`line ${wrong + 1} of ${file} is not the id of a mail`);
  return lines.filter((line) => line !== '');
}

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
