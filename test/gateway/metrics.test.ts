import { expect, test, vi } from 'vitest';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { promtool, skipsPromtool } from '../support/promtool.ts';

/** A gateway with metrics, a client that may create, and one that may read. */
async function openMeasured(options: Parameters<typeof openGateway>[0] = {}) {
  const gateway = await openGateway({ ...options, env: { METRICS_PORT: '0', ...options.env } });
  const { token } = await gateway.company('RUKR');
  const { token: reader } = await gateway.company('READ', ['users:read']);
  const scrape = () => gateway.app.metrics!.print();
  /** The samples of a metric that are not zero. */
  async function samples(name: string): Promise<string[]> {
    const lines = (await scrape()).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
    return lines.filter((line) => !line.endsWith(' 0')).map((line) => line.slice(name.length).trim());
  }
  return { gateway, token, reader, scrape, samples };
}

const user = (n: number, more: object = {}) => ({
  ...johnDoe,
  employeeID: `E${n}`,
  email: `e${n}@example.com`,
  phone: null,
  ...more,
});
const createUsers = `mutation Hunter2($inputs: [CreateUserInput!]!, $dryRun: Boolean, $key: String) {
  createUsers(inputs: $inputs, dryRun: $dryRun, idempotencyKey: $key) { createdCount }
}`;

test('users are counted by transport and outcome, with the number of the first problem', async () => {
  const { gateway, token, samples } = await openMeasured();
  await gateway.createUser(token, user(1));
  await gateway.createUser(token, user(1));
  await gateway.rest(token, user(2));
  await gateway.rest(token, user(3, { employeeID: '?', name: '' }));
  await gateway.postJson('/ruangkerja/users/create-bulk', token, { items: [user(4), user(2)] });
  await gateway.graphql(token, createUsers, { inputs: [user(5), user(6)], dryRun: true });
  await gateway.graphql(token, createUsers, { inputs: [user(7), user(8)], key: 'import:file-1:2' });
  expect(await samples('ruangkerja_users_total')).toEqual([
    '{transport="graphql",outcome="created",error_code=""} 1',
    '{transport="rest",outcome="created",error_code=""} 2',
    '{transport="import",outcome="created",error_code=""} 2',
    '{transport="graphql",outcome="refused",error_code="10101"} 1',
    '{transport="rest",outcome="refused",error_code="10111"} 1',
    '{transport="rest",outcome="refused",error_code="10101"} 1',
    '{transport="graphql",outcome="valid",error_code=""} 2',
  ]);
});

test('a replay counts as a replay and not as a user', async () => {
  const { gateway, token, samples } = await openMeasured();
  for (let n = 0; n < 3; n++) await gateway.rest(token, user(1), { 'Idempotency-Key': 'k' });
  expect(await samples('ruangkerja_users_total')).toEqual(['{transport="rest",outcome="created",error_code=""} 1']);
  expect(await samples('ruangkerja_idempotent_replays_total')).toEqual(['2']);
  await gateway.rest(token, user(2), { 'Idempotency-Key': 'k' });
  expect(await samples('ruangkerja_users_total')).toContain(
    '{transport="rest",outcome="refused",error_code="13101"} 1',
  );
});

test('a refused request counts by its cause, a refused batch with all of its users', async () => {
  const { gateway, token, reader, samples } = await openMeasured({ env: { RATE_LIMIT: '2' } });
  await gateway.graphql(token, createUsers, { inputs: [user(1), user(2), user(3)] });
  await gateway.rest(token, user(4));
  await gateway.rest(null, user(5));
  await gateway.rest(reader, user(6));
  await gateway.get('/nowhere', token);
  expect(await samples('ruangkerja_users_total')).toEqual([
    '{transport="rest",outcome="created",error_code=""} 1',
    '{transport="graphql",outcome="refused",error_code="429"} 3',
  ]);
  expect(await samples('ruangkerja_rate_limited_total')).toEqual(['1']);
  expect(await samples('ruangkerja_refused_total')).toEqual([
    '{cause="unauthorized"} 1',
    '{cause="forbidden"} 1',
    '{cause="not_found"} 1',
    '{cause="too_many_requests"} 1',
  ]);
});

test('what a client sends never becomes a value of a label', async () => {
  const { gateway, token, reader, scrape } = await openMeasured();
  const before = await scrape();
  await gateway.graphql(reader, 'query Hunter2 { hunter2: users { totalCount } }');
  await gateway.graphql(reader, 'query Hunter2 { hunter2 }');
  await gateway.get('/ruangkerja/users/hunter2', reader);
  await gateway.get('/ruangkerja/hunter2?hunter2', reader);
  await gateway.get('/hunter2', null);
  await gateway.send('/ruangkerja/users', { method: 'PROPFIND', headers: { Authorization: token } });
  await gateway.rest(token, user(1, { employeeID: 'hunter2' }), { 'Idempotency-Key': 'hunter2' });
  const after = await scrape();
  expect(after).not.toBe(before);
  expect(after).not.toMatch(/hunter2|e1@example|John|EMPLY/);
  const labels = [...after.matchAll(/^http_server_request_duration_seconds_count\{(.+)\} \d+$/gm)].map(
    ([, set]) => set,
  );
  expect(labels).toEqual([
    'route="/graphql",method="POST",status="200"',
    'route="/ruangkerja/users/{employeeID}",method="GET",status="404"',
    'route="none",method="GET",status="404"',
    'route="/ruangkerja/users",method="_OTHER",status="405"',
    'route="/ruangkerja/users",method="POST",status="200"',
  ]);
  expect([...after.matchAll(/^graphql_operation_duration_seconds_count\{(.+)\} 1$/gm)].map(([, set]) => set)).toEqual([
    'operation="users",outcome="ok"',
    'operation="none",outcome="refused"',
  ]);
});

test('hashes that pass the queue, commits and the outbox are measured', async () => {
  const { gateway, token, samples } = await openMeasured({ transport: () => Promise.reject(new Error('away')) });
  await gateway.rest(token, user(1, { password: 'correct horse battery' }));
  await gateway.rest(token, user(2));
  expect(await samples('ruangkerja_hash_seconds_count')).toEqual(['1']);
  expect(await samples('ruangkerja_commit_seconds_count')).toEqual(['2']);
  expect(await samples('ruangkerja_outbox_mails')).toEqual(['{state="queued"} 2']);
  await vi.waitFor(async () => {
    expect(await samples('ruangkerja_mail_attempts_total')).toEqual(['{outcome="failed"} 2']);
  });
  expect(await samples('ruangkerja_database_up')).toEqual(['1']);
  expect(await samples('ruangkerja_disk_ok')).toEqual(['1']);
  expect(Number((await samples('ruangkerja_disk_free_bytes'))[0])).toBeGreaterThan(0);
  expect(await samples('ruangkerja_build_info')).toEqual([
    expect.stringMatching(/^\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/),
  ]);
});

test('without METRICS_PORT nothing is measured', async () => {
  const gateway = await openGateway();
  expect(gateway.app.metrics).toBeNull();
});

test.skipIf(skipsPromtool)('promtool finds nothing to complain about in a scrape', async () => {
  const { gateway, token, scrape } = await openMeasured();
  await gateway.createUser(token, user(1, { password: 'correct horse battery' }));
  await gateway.rest(token, user(1));
  expect(promtool(['check', 'metrics'], { input: await scrape() })).toBe('');
  expect(promtool(['check', 'metrics'], { input: 'mails_total{' })).not.toBe('');
});
