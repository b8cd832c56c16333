import { expect, test, vi } from 'vitest';
import { johnDoe, openGateway } from '../support/gateway.ts';

const hour = 3_600_000;
const years = 10 * 365 * 24 * hour;
const userOf = (n: number) => ({ ...johnDoe, employeeID: `E${n}`, email: `e${n}@example.com`, phone: null });

/** A gateway whose clock the test moves. */
async function opened(options: Parameters<typeof openGateway>[0] = {}) {
  const clock = { skip: 0 };
  const gateway = await openGateway({ ...options, now: () => Date.now() + clock.skip });
  const company = await gateway.company('RUKR');
  return { ...gateway, ...company, clock };
}

test.each([
  ['an hour back', 0, -hour],
  ['ten years ahead and back', years, 0],
])('a clock that is set %s: mails are sent, accepted or not before', async (_, before, after) => {
  const sent: string[] = [];
  let isAway = true;
  const { rest, token, clock, app } = await opened({
    transport: async ({ to }) => {
      if (isAway) throw new Error('421 try again later');
      sent.push(to.address);
    },
  });
  clock.skip = before;
  const fresh =
    before === 0 ? token : await app.access.issueToken((await app.access.listClients())[0]!.id, ['users:create']);
  expect((await rest(fresh, userOf(1))).status).toBe(200);
  isAway = false;
  clock.skip = after;
  expect((await rest(token, userOf(2))).status).toBe(200);
  await expect.poll(() => sent.toSorted()).toEqual(['e1@example.com', 'e2@example.com']);
});

test('a clock that was ten years ahead: the list goes on after its last cursor', async () => {
  const { rest, graphql, token, clock, app } = await opened();
  const query =
    'query ($after: String) { users(first: 10, after: $after) { edges { node { employeeID } } pageInfo { endCursor } } }';
  const scopes = ['users:create', 'users:read'] as const;
  const [client] = await app.access.listClients();
  let after: string | null = null;
  for (const [n, skip] of [0, years, 0, -hour].entries()) {
    clock.skip = skip;
    const current = skip === years ? await app.access.issueToken(client!.id, scopes) : token;
    expect((await rest(current, userOf(n))).status).toBe(200);
    const { body } = await graphql(current, query, { after });
    expect(body.data.users.edges).toEqual([{ node: { employeeID: `E${n}` } }]);
    after = body.data.users.pageInfo.endCursor;
  }
});

test('a token granted ten years ahead is none; one granted before the clock went an hour back is one', async () => {
  const { get, token, clock, app } = await opened();
  const [client] = await app.access.listClients();
  clock.skip = years;
  const ahead = await app.access.issueToken(client!.id, ['users:read']);
  expect((await get('/nothing', ahead)).status).toBe(404);
  clock.skip = -hour;
  const status = async (given: string) => (await get('/ruangkerja/users?page=1&pageSize=1', given)).status;
  expect([await status(ahead), await status(token)]).toEqual([401, 200]);
});

test('a minute of the rate limit ends within a minute, and says so', async () => {
  const { rest, token, clock } = await opened({ env: { RATE_LIMIT: '1' } });
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    expect((await rest(token, userOf(1))).status).toBe(200);
    clock.skip = -hour;
    // The window in the store is over; at most a minute later that of this process is too.
    await rest(token, userOf(2));
    const refused = await rest(token, userOf(3));
    expect([refused.status, Number(refused.headers.get('retry-after')) <= 60]).toEqual([429, true]);
    vi.advanceTimersByTime(60_000);
    clock.skip += 60_000;
    expect((await rest(token, userOf(3))).status).toBe(200);
  } finally {
    vi.useRealTimers();
  }
});
