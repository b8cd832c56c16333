import { expect, onTestFinished, test, vi } from 'vitest';
import { makeApiClient } from '../../src/import/api-client.ts';
import { makeGatewayTarget } from '../../src/import/into-gateway.ts';
import { makeSeenKeys } from '../../src/import/seen-keys.ts';
import { openGateway } from '../support/gateway.ts';
import { codesOf, openImport } from './kit.ts';

interface Sent {
  path: string;
  body: { variables?: { inputs: object[]; idempotencyKey: string; dryRun: boolean } };
  status: number;
}
/** Answers in place of the gateway, `lost` after it has done its work. */
type Trouble = (call: Sent, number: number) => Response | 'lost' | undefined;

async function openApi(options: { env?: Record<string, string> } = {}) {
  const gateway = await openGateway(options);
  const company = await gateway.company('RUKR');
  const files = await (await openImport({ whenDone: onTestFinished })).company();
  const sent: Sent[] = [];

  async function run(
    content: string,
    {
      dryRun = false,
      trouble = () => undefined,
      secret = company.clientSecret,
    }: { dryRun?: boolean; trouble?: Trouble; secret?: string } = {},
  ) {
    const call = makeApiClient({
      url: 'https://gateway.example.com',
      credentials: { clientID: company.clientID, clientSecret: secret },
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input));
        const one: Sent = { path: pathname, body: JSON.parse(String(init!.body)), status: 0 };
        const instead = trouble(one, sent.length);
        if (instead instanceof Response) {
          sent.push({ ...one, status: instead.status });
          return instead;
        }
        const answer = await gateway.send(pathname, {
          method: 'POST',
          headers: init!.headers!,
          body: String(init!.body),
        });
        sent.push({ ...one, status: answer.status });
        if (instead === 'lost') throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
        return answer;
      },
    });
    const target = makeGatewayTarget({ call, dryRun: dryRun ? makeSeenKeys(1_000).keys : null });
    return files.importText(content, { dryRun, target });
  }
  const calls = () =>
    sent
      .filter(({ path }) => path === '/graphql')
      .map(({ body, status }) => ({
        rows: body.variables!.inputs.length,
        key: body.variables!.idempotencyKey,
        status,
      }));
  return { gateway, company, run, sent, calls };
}

const fileOf = (count: number, more = '') =>
  `NIK,Nama,Surel,Aktif\n${Array.from({ length: count }, (_, n) => `E${n},Budi,e${n}@example.com,ya\n`).join('')}${more}`;
const json = (status: number, headers: Record<string, string> = {}) => Response.json({}, { status, headers });

test('a chunk whose answer was lost is sent again with its key: one user and one mail for each row, and told as created', async () => {
  const { gateway, run, calls } = await openApi();
  const { report } = await run(fileOf(250), {
    trouble: (_, number) => (number === 1 || number === 3 ? 'lost' : undefined),
  });
  expect(report).toMatchObject({ created: 250, rejected: 0 });
  expect(calls().map(({ rows, status }) => [rows, status])).toEqual([
    [200, 200],
    [200, 200],
    [50, 200],
    [50, 200],
  ]);
  expect(new Set(calls().map(({ key }) => key)).size).toBe(2);
  await vi.waitFor(() => expect(gateway.mails).toHaveLength(250), { timeout: 10_000 });
  // The whole file again, as after a crash of the command: every chunk gets its first result.
  expect((await run(fileOf(250))).report).toMatchObject({ created: 0, imported: 250, rejected: 0 });
  expect(new Set(calls().map(({ key }) => key)).size).toBe(2);
  expect(new Set(gateway.mails.map(({ to }) => to.address)).size).toBe(250);
  expect(gateway.mails).toHaveLength(250);
});

test('429 and 503 are waited out as Retry-After says, a token that ended is renewed', async () => {
  const { run, sent } = await openApi();
  const begun = performance.now();
  const { report } = await run(fileOf(3), {
    trouble: ({ path }, number) => {
      if (number === 0) return json(429, { 'Retry-After': '1' });
      if (number === 2) return json(503, { 'Retry-After': '1' });
      return path === '/graphql' && number === 3 ? json(401) : undefined;
    },
  });
  expect(report).toMatchObject({ created: 3, rejected: 0 });
  expect(performance.now() - begun).toBeGreaterThan(1_900);
  expect(sent.map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/oauth/token 429',
    '/oauth/token 200',
    '/graphql 503',
    '/graphql 401',
    '/oauth/token 200',
    '/graphql 200',
  ]);
});

test('wrong credentials, a missing scope, another address and a redirect end it with a sentence', async () => {
  const { run } = await openApi();
  await expect(run(fileOf(1), { secret: 'wrong' })).rejects.toThrow(
    'the token call is refused: Credentials does not match in our records',
  );
  await expect(
    run(fileOf(1), {
      trouble: ({ path }) => (path === '/graphql' ? new Response('<html>', { status: 200 }) : undefined),
    }),
  ).rejects.toThrow('does not answer JSON');
  await expect(
    run(fileOf(1), {
      trouble: () => new Response(null, { status: 307, headers: { Location: 'https://other.example.com' } }),
    }),
  ).rejects.toThrow('redirects');
  await expect(
    run(fileOf(1), {
      trouble: ({ path }) =>
        path === '/graphql'
          ? Response.json(
              { errors: [{ message: 'lacks users:create', extensions: { errorCode: 403 } }] },
              { status: 403 },
            )
          : undefined,
    }),
  ).rejects.toThrow('403 lacks users:create');
});

test('a body limit makes chunks smaller, a row that alone is too large is refused as 413', async () => {
  const { run, calls } = await openApi({ env: { MAX_BODY_BYTES: '4096' } });
  const { report, errors } = await run(fileOf(100, `BIG,${'n'.repeat(5_000)},big@example.com,ya\n`));
  expect(report).toMatchObject({ created: 100, rejected: 1 });
  expect(errors).toMatchObject([{ errorLine: '102', errorCode: '413' }]);
  expect(
    Math.max(
      ...calls()
        .filter(({ status }) => status === 200)
        .map(({ rows }) => rows),
    ),
  ).toBeLessThan(50);
});

test('a chunk of more users than the rate limit lets pass in a minute goes in parts', async () => {
  const { run, calls } = await openApi({ env: { RATE_LIMIT: '150' } });
  const beyond = run(fileOf(160), { trouble: (_, number) => (number === 3 ? json(500) : undefined) });
  await expect(beyond).rejects.toThrow(/it answered 500\n0 of 160 rows are done; the same command goes on from there/);
  expect(calls().map(({ rows, status }) => [rows, status])).toEqual([
    [160, 429],
    [80, 200],
    [80, 500],
  ]);
});

test('rows are told as the API tells them, also those whose isActive cannot be read; a dry run finds duplicates over the whole file', async () => {
  const { run } = await openApi();
  const more = [
    'E1,Siti,s@example.com,ya',
    'X-1,,bad,mungkin',
    'X2,Ani,a@example.com,',
    'X3,Ani,x3@example.com,tidak',
  ].join('\n');
  const dry = await run(fileOf(250, more), { dryRun: true });
  expect(dry.report).toMatchObject({
    valid: 251,
    rejected: 3,
    rejections: [{ errorCode: 10101 }, { errorCode: 10111 }, { errorCode: 10120 }],
  });
  const { report, errors } = await run(fileOf(250, more));
  expect(report).toMatchObject({ created: 251, rejected: 3, rejections: dry.report.rejections });
  expect(errors.map(codesOf)).toEqual([[10101], [10111, 10112, 10116, 10120], [10120]]);
});

test('in a dry run a row whose isActive cannot be read takes nothing away from the rows after it', async () => {
  const { run } = await openApi();
  const content = fileOf(
    0,
    [
      'E1,Siti,s@example.com,mungkin',
      ...Array.from({ length: 200 }, (_, n) => `F${n},Budi,f${n}@example.com,ya`),
      'E1,Siti,s@example.com,ya',
    ].join('\n'),
  );
  const { report: dry } = await run(content, { dryRun: true });
  expect(dry).toMatchObject({ valid: 201, rejected: 1, rejections: [{ errorCode: 10120 }] });
  const { report } = await run(content);
  expect(report).toMatchObject({ created: 201, rejected: 1, rejections: dry.rejections });
});

test('of a phone with two readings the national one is taken, as in an import into the database; again it was imported', async () => {
  const { gateway, company, run } = await openApi();
  const text = `NIK,Nama,Telepon,Aktif\nE1,Budi,6591234568,ya\nE2,Siti,0811-2233-4455,ya\nE3,Ani,6591234569,mungkin\nE4,Adi,+6591234568,ya\n`;
  expect((await run(text, { dryRun: true })).report).toMatchObject({ valid: 3, rejected: 1 });
  const first = await run(text);
  expect(first.report).toMatchObject({
    created: 3,
    notes: [expect.stringMatching(/read as national numbers: 1, the first at line 2$/)],
    firstRejected: [{ line: 4, errorCode: 10120, detail: expect.stringMatching(/^isActive must be true or false \(/) }],
  });
  expect((await run(text)).report).toMatchObject({ created: 0, imported: 3, rejected: 1 });
  const { data } = (await gateway.get('/ruangkerja/users/E1', company.token)).body;
  expect(data.phone).toBe('626591234568');
});
