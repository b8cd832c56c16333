import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, post, start, userOf } from '../process/program.ts';

const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
const [, block = ''] = /### Questions to the log[^]*?```console\n([^]*?)```/.exec(page) ?? [];
/** The documented commands, by their questions. */
const questions = new Map(
  block
    .split('# ')
    .slice(1)
    .map((text): [string, string] => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1).trim()]),
);
const skips = spawnSync('jq', ['--version']).error !== undefined && !process.env['REQUIRE_TOOLS'];

/** A mail server that gives queue ids, and refuses one recipient; `close` and `open` take it away and bring it back. */
async function startRelay() {
  const reserved = createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as AddressInfo;
  await new Promise((resolve) => reserved.close(resolve));
  let server: SMTPServer | undefined;
  const close = () => new Promise<void>((resolve) => (server ? server.close(resolve) : resolve()));
  onTestFinished(close);
  return {
    url: `smtp://127.0.0.1:${port}`,
    close,
    async open() {
      server = new SMTPServer({
        authOptional: true,
        logger: false,
        disabledCommands: ['STARTTLS'],
        disableReverseLookup: true,
        closeTimeout: 50,
        onRcptTo: ({ address }, _, done) =>
          done(address.startsWith('refused') ? Object.assign(new Error('5.1.1 unknown'), { responseCode: 550 }) : null),
        onData(stream, _, done) {
          stream.resume();
          stream.on('end', () => (done as (error: null, reply: string) => void)(null, '2.0.0 Ok: queued as 4XyZ1234'));
        },
      });
      await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
    },
  };
}

/** Runs the command of a question, with values in place of its placeholders. */
function answerTo(question: string, folder: string, values: Record<string, string>): string {
  const command = [...questions].find(([asked]) => asked.startsWith(question))?.[1];
  if (!command) throw new Error(`docs/operate.md does not ask: ${question}`);
  const filled = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), command);
  return execFileSync('sh', ['-c', filled], { cwd: folder, encoding: 'utf8' });
}

const linesOf = (text: string) => text.split('\n').slice(0, -1);
const valuesOf = (text: string) => linesOf(text).map((line) => JSON.parse(line));

test.skipIf(skips)(
  'each of the eleven questions is answered by its one jq command, on the log of a real gateway',
  async () => {
    const relay = await startRelay();
    const folder = makeFolder();
    const program = await start(folder, { SMTP_URL: relay.url, MAIL_LOCALE: 'en' }, ['--json']);
    const { accessToken, clientID } = program.json();
    const create = async (id: string, user: object) => {
      const headers = { 'X-Request-Id': id };
      const answer = await post(program.port(), accessToken, user, {
        headers: { Authorization: accessToken, 'Content-Type': 'application/json', ...headers },
      });
      return ((await answer.json()) as { data?: { serial: string } }).data?.serial ?? '';
    };
    const logged = (wanted: object) =>
      vi.waitFor(() => expect(program.log()).toContainEqual(expect.objectContaining(wanted)), { timeout: 60_000 });

    const serial = await create('made', userOf('A1'));
    await logged({ msg: 'the mail server cannot be used, the mails wait for it' });
    await relay.open();
    await logged({ requestId: 'made', msg: 'a mail was accepted' });
    const unlucky = await create('unlucky', userOf('refused'));
    await logged({ userSerial: unlucky, attempt: 1 });
    for (const id of ['again-1', 'again-2']) await create(id, userOf('A1', { email: 'other@example.com' }));
    const other = new Database(join(folder, 'data/gateway.db'));
    other.exec('begin immediate');
    await create('busy', userOf('B1'));
    other.close();
    await logged({ requestId: 'busy', msg: 'request' });

    const log = program.err();
    writeFileSync(join(folder, 'gateway.log'), log.slice(log.indexOf('{"level"')));
    const soon = `${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}Z`;
    const values = { REQUEST: 'made', SERIAL: serial, CLIENT: clientID, '2026-03-29T12:00:00Z': soon };
    const ask = (question: string, over: object = {}) => answerTo(question, folder, { ...values, ...over });
    const request = expect.objectContaining({ msg: 'request', requestId: 'made', userSerials: [serial] });
    const mail = expect.objectContaining({ userSerial: serial, answer: '250 2.0.0 queued as 4XyZ1234' });

    expect(valuesOf(ask('What became of request'))).toEqual([request, mail]);
    expect(valuesOf(ask('What became of user'))).toEqual([request, mail]);
    expect(valuesOf(ask('What became of the mail'))).toEqual([mail]);
    expect(ask('Who created user')).toBe(`${clientID} from 127.0.0.1\n`);
    expect(JSON.parse(ask('Which client'))).toEqual({ clientId: clientID, errorCode: 10101, requests: 2 });
    expect(valuesOf(ask('Which requests took')).map(({ requestId }) => requestId)).toContain('busy');
    expect(valuesOf(ask('Which requests were'))).toContainEqual({
      requestId: 'busy',
      status: 503,
      errorCode: 503,
      reason: expect.stringContaining('busy'),
      error: null,
    });
    expect(valuesOf(ask('Which mails failed'))).toEqual([
      expect.objectContaining({ userSerial: unlucky, requestId: 'unlucky', error: expect.stringContaining('550') }),
    ]);
    const moment = '20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ the mail server';
    expect(linesOf(ask('When did the mail server'))).toEqual([
      expect.stringMatching(new RegExp(`^${moment} cannot be used`)),
      expect.stringMatching(new RegExp(`^${moment} can be used again$`)),
    ]);
    const done = valuesOf(ask('What did client')).map(({ requestId }) => requestId);
    expect(done).toEqual(['made', 'unlucky', 'again-1', 'again-2', 'busy']);
    expect(ask('Which process')).toMatch(new RegExp(`-${program.child.pid} \\d+\\.\\d+\\.\\d+\\S*\\n$`));

    expect(questions.size).toBe(11);
    for (const line of valuesOf(readFileSync(join(folder, 'gateway.log'), 'utf8')))
      expect(line).toMatchObject({
        instance: expect.any(String),
        version: expect.any(String),
        level: expect.any(Number),
      });
    expect(log.slice(log.indexOf('{"level"'))).not.toMatch(/John|example\.com/);
  },
  180_000,
);
