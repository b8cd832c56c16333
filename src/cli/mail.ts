import { Option } from 'commander';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';
import { limitOption } from './options.ts';
import { table } from './table.ts';

/** Adds `gateway mail …`. */
export function addMail({ group, change, query }: Commands): void {
  const mail = group('mail', 'The outbox');
  const stateOption = new Option('--state <state>', 'only these').choices(['queued', 'sent', 'dead']);
  query(
    mail,
    'list',
    'list mails, newest first',
    [stateOption, limitOption()],
    async ({ state, limit }, { store: { outbox } }) => {
      const mails = await outbox.list({ state, limit });
      return [mails, table(mails)];
    },
  );
  change(mail, 'retry <id>', 'send a mail of the dead letter again', [], async ({ id }, { store: { outbox } }) => {
    const outcome = await outbox.retry(id);
    if (outcome === 'unknown') throw new CommandError(`there is no mail ${id}`);
    if (outcome === 'not-dead') throw new CommandError(`mail ${id} is not in the dead letter`);
    if (outcome === 'erased')
      throw new CommandError(`the password of mail ${id} was erased after 7 days in the dead letter; set a new one`);
    return [{ id, state: 'queued' }, `Mail ${id} is queued again.`];
  });
}
