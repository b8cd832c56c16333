import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openOutbox } from '../mail/kit.ts';
import { operator } from './operator.ts';

test('mail mark-sent marks the queued mails of a file as sent; another file changes nothing and is refused with its line', async () => {
  const { add, row, sqlite } = await openOutbox();
  const { cwd, json, run } = operator({ DATABASE_URL: `file:${sqlite.db.$client.name}` });
  const [sent, waiting] = [add('siti@example.com'), add('budi@example.com')];
  const file = join(cwd, 'sent.txt');
  writeFileSync(file, `${sent}\n{"outboxId":"${waiting}"}\n`);
  expect(await run('mail', 'mark-sent', file)).toEqual({
    code: 1,
    out: '',
    err: `line 2 of ${file} is not the id of a mail\n`,
  });
  expect(row(sent)).toMatchObject({ state: 'queued' });
  expect((await run('mail', 'mark-sent', join(cwd, 'none'))).err).toBe(`there is no file ${join(cwd, 'none')}\n`);

  writeFileSync(file, `${sent}\r\n\r\n${sent}\r\n`);
  expect(await json('mail', 'mark-sent', file)).toEqual({ marked: 1 });
  expect(row(sent)).toMatchObject({ state: 'sent', ciphertext: null });
  expect(row(waiting)).toMatchObject({ state: 'queued' });
});
