import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { makeFolder, open, start, userOf } from './program.ts';

test('a connection that was idle for 7 s takes another creation; one idle for longer than KEEP_ALIVE_SECONDS is closed', async () => {
  const [usual, short] = await Promise.all([
    start(makeFolder(), {}, ['--json']),
    start(makeFolder(), { KEEP_ALIVE_SECONDS: '2' }, ['--json']),
  ]);
  const create = (program: typeof usual, employeeID: string): string => {
    const body = JSON.stringify(userOf(employeeID));
    return `POST /ruangkerja/users HTTP/1.1\r\nHost: a\r\nAuthorization: ${program.json().accessToken}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const [kept, closed] = [await open(usual.port()), await open(short.port())];
  kept.socket.write(create(usual, 'A1'));
  closed.socket.write(create(short, 'A1'));
  await vi.waitFor(() => expect(kept.text()).toMatch(/^HTTP\/1\.1 200 [^]*\r\nKeep-Alive: timeout=75\r\n/i), 15_000);
  // Longer than a request's head may take too.
  await sleep(11_000);
  expect(closed.socket.closed).toBe(true);
  kept.socket.write(create(usual, 'A2'));
  await vi.waitFor(() => expect(kept.text().match(/HTTP\/1\.1 200 /g)).toHaveLength(2), 15_000);
});
