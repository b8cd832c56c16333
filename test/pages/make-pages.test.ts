import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { toErrorResponse } from '../../src/api/http/error-response.ts';
import { printedOpenapi } from '../../src/api/rest/openapi.ts';
import { makePages, type PagesNeeds } from '../../src/api/pages/make-pages.ts';
import { makeMailbox } from '../../src/mail/mailbox.ts';
import type { Message } from '../../src/mail/ports.ts';
import { errorDictionary, type Refusal } from '../../src/errors/error-dictionary.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const hostile = `</pre><script>alert("1")</script><img src=x onerror=alert('2')>`;

let needs: PagesNeeds;
beforeEach(() => {
  const mailbox = makeMailbox({
    now: () => Date.parse('2026-03-01T08:00:00Z'),
  });
  needs = {
    mailbox,
    smtpConfigured: false,
    printOpenapi: printedOpenapi,
    printSchema: () => 'type Query',
    isKnown: async (authorization) => authorization === 'known',
    readHealth: async () => ({ status: 'ok', database: 'ok', disk: 'ok', mail: 'ok' }),
    readOwn: async () => ({
      users: [{ name: hostile, employeeID: 'EMPLY001', createdAt: new Date() }],
      tally: { calls: 12, failures: 3, created: 7, refused: 2 },
    }),
    firstCall: async (origin) => ({ accessToken: 'demo-token', curl: `curl '${origin}/ruangkerja/users'` }),
    demoToken: async () => 'demo</script>token',
    development: true,
  };
});

/** What the pages answer, or null; `host` is the Host header. */
async function ask(
  path: string,
  { method = 'GET', accept = browser, host = 'localhost:4000', authorization = '' } = {},
): Promise<Response | null> {
  try {
    const request = new Request(`http://${host}${path}`, { method, headers: { accept, host, authorization } });
    return await makePages(needs)(request, new URL(request.url), { origin: `http://${host}`, requestId: 'asked' });
  } catch (error) {
    // As the edge answers it.
    return toErrorResponse(error as Refusal, { accept: null, origin: '', requestId: '' });
  }
}

async function deliver(message: Partial<Message> = {}): Promise<string> {
  const whole = {
    messageId: 'm1@x',
    from: { name: 'Ruangkerja', address: 'no-reply@ruangkerja.localhost' },
    to: { name: 'Siti', address: 'siti@example.com' },
    replyTo: null,
    subject: 'Welcome',
    text: 'text',
    html: '<p>html</p>',
    ...message,
  };
  await needs.mailbox.transport(whole, AbortSignal.timeout(1000));
  return needs.mailbox.list()[0]!.id;
}

describe('/errors', () => {
  test('answers a program the whole dictionary', async () => {
    const answer = await ask('/errors', { accept: '*/*' });
    const rows = await answer!.json();
    expect(rows).toHaveLength(Object.keys(errorDictionary).length);
    expect(rows[0]).toEqual({
      errorCode: 10101,
      message: 'USER_EMPLOYEE_ID_EXISTS',
      detail: 'employee id already been taken',
      httpStatus: 409,
    });
    const named = rows.filter((row: object) => 'httpStatusInPath' in row);
    expect(
      named.map(({ message, httpStatus, httpStatusInPath }: Record<string, unknown>) => [
        message,
        httpStatus,
        httpStatusInPath,
      ]),
    ).toEqual([
      ['TAG_NOT_FOUND', 400, 404],
      ['ORGANIZATION_NOT_FOUND', 400, 404],
    ]);
  });

  test('answers a browser a page on which every name and number has its anchor', async () => {
    const page = await (await ask('/errors'))!.text();
    for (const [name, { errorCode }] of Object.entries(errorDictionary)) {
      expect(page).toContain(`id="${name}"`);
      expect(page).toContain(`id="${errorCode}"`);
    }
    expect(page.match(/, in a path 404/g)).toHaveLength(2);
  });

  test.each([
    ['', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json, text/html;q=0.5', 'application/json'],
    ['text/html;q=0', 'application/json'],
    ['application/json;q=0.5, text/html', 'text/html; charset=utf-8'],
  ])('Accept %j gets %s', async (accept, type) => {
    const answer = await ask('/errors', { accept });
    expect(answer!.headers.get('content-type')).toBe(type);
  });

  test('is there in production, for any host', async () => {
    needs.development = false;
    expect((await ask('/errors', { host: 'api.example.com' }))!.status).toBe(200);
  });
});

describe('development pages', () => {
  test.each(['/dev/mails', '/dev/mails.json', '/dev/mails/1', '/graphql'])(
    '%s does not exist in production',
    async (path) => {
      needs.development = false;
      expect(await ask(path)).toBeNull();
    },
  );

  test.each(['/dev/mails', '/dev/mails.json', '/graphql'])('%s refuses a Host that is not loopback', async (path) => {
    const answer = await ask(path, { host: 'rebound.example.com:4000' });
    expect(answer!.status).toBe(403);
    expect(await answer!.json()).toMatchObject({ errorCode: 403, message: 'FORBIDDEN' });
    // A token would not help.
    expect(answer!.headers.get('www-authenticate')).toBeNull();
  });

  test.each(['/dev/mails', '/errors', '/graphql'])(
    '%s can not be cached, framed or sniffed, and has no free script',
    async (path) => {
      const { headers } = (await ask(path))!;
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    },
  );

  test('a nonce is used once', async () => {
    const [one, two] = [await ask('/dev/mails'), await ask('/dev/mails')];
    expect(one!.headers.get('content-security-policy')).not.toBe(two!.headers.get('content-security-policy'));
  });

  test.each(['/dev/mails', '/dev/mails.json', '/errors', '/graphql'])(
    'HEAD %s answers as GET without a body',
    async (path) => {
      const [head, get] = [await ask(path, { method: 'HEAD' }), await ask(path)];
      expect(await head!.text()).toBe('');
      expect(head!.headers.get('content-type')).toBe(get!.headers.get('content-type'));
    },
  );

  test.each([
    ['/dev/mails', 'DELETE, GET, HEAD'],
    ['/dev/mails/1', 'GET, HEAD'],
    ['/dev/mails.json', 'GET, HEAD'],
    ['/errors', 'GET, HEAD'],
  ])('POST %s is refused with Allow: %s', async (path, allow) => {
    const answer = await ask(path, { method: 'POST' });
    expect(answer!.status).toBe(405);
    expect(answer!.headers.get('allow')).toBe(allow);
    expect(await answer!.json()).toEqual({
      errorCode: 405,
      message: 'METHOD_NOT_ALLOWED',
      detail: errorDictionary.METHOD_NOT_ALLOWED.detail,
    });
  });
});

describe('/dev/mails', () => {
  test('without a mail says what to do', async () => {
    const page = await (await ask('/dev/mails'))!.text();
    expect(page).toContain('Create a user');
    expect(page).not.toContain('SMTP_URL');
  });

  test('says where mails go when a mail server is configured', async () => {
    needs.smtpConfigured = true;
    expect(await (await ask('/dev/mails'))!.text()).toContain('SMTP_URL is set');
  });

  test('escapes a hostile name, subject, text and HTML', async () => {
    const id = await deliver({
      to: { name: hostile, address: 'a@example.com' },
      subject: hostile,
      text: hostile,
      html: `<p>${hostile}</p>`,
    });
    const page = await (await ask(`/dev/mails/${id}`))!.text();
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('<img');
    expect(page).toContain('sandbox=""');
  });

  test('answers 404 for a mail that is gone, with the list', async () => {
    await deliver({ subject: 'Still here' });
    const answer = await ask('/dev/mails/gone');
    expect(answer!.status).toBe(404);
    expect(await answer!.text()).toContain('Still here');
  });

  test('lists newest first as JSON, without bodies', async () => {
    await deliver({ subject: 'first' });
    const id = await deliver({ subject: 'second' });
    const list = await (await ask('/dev/mails.json'))!.json();
    expect(list.map((mail: { subject: string }) => mail.subject)).toEqual(['second', 'first']);
    expect(list[0]).toEqual({
      id,
      receivedAt: '2026-03-01T08:00:00.000Z',
      to: { name: 'Siti', address: 'siti@example.com' },
      subject: 'second',
    });
  });

  test('gives a test one mail with text, HTML and password, and 404 for one that is gone', async () => {
    const html = '<p>Hi</p><p class="password" data-password dir="auto">a&lt;b&amp;&quot;c&#39;</p>';
    const replyTo = { name: 'HR', address: 'hr@example.com' };
    const id = await deliver({ html, replyTo });
    expect(await (await ask(`/dev/mails/${id}.json`))!.json()).toEqual({
      id,
      receivedAt: '2026-03-01T08:00:00.000Z',
      from: { name: 'Ruangkerja', address: 'no-reply@ruangkerja.localhost' },
      to: { name: 'Siti', address: 'siti@example.com' },
      replyTo,
      subject: 'Welcome',
      text: 'text',
      html,
      password: `a<b&"c'`,
    });
    expect(await (await ask(`/dev/mails/${id}`))!.text()).toContain('hr@example.com');
    expect((await ask('/dev/mails/gone.json'))!.status).toBe(404);
  });

  test('DELETE empties the mailbox, on this machine only', async () => {
    await deliver();
    const elsewhere = { method: 'DELETE', host: 'rebound.example.com' };
    expect((await ask('/dev/mails', elsewhere))!.status).toBe(403);
    expect((await ask('/dev/mails/x', { method: 'DELETE' }))!.status).toBe(405);
    expect(needs.mailbox.list()).toHaveLength(1);
    expect((await ask('/dev/mails', { method: 'DELETE' }))!.status).toBe(204);
    expect(needs.mailbox.list()).toEqual([]);
  });

  test('answers 204 to who has seen the newest mail', async () => {
    expect((await ask('/dev/mails.json?seen='))!.status).toBe(204);
    const id = await deliver();
    expect((await ask('/dev/mails.json?seen='))!.status).toBe(200);
    expect((await ask(`/dev/mails.json?seen=${id}`))!.status).toBe(204);
  });
});

describe('/', () => {
  test('leads a developer to everything, with token, first call, last users and mails', async () => {
    const id = await deliver({ subject: hostile });
    const page = await (await ask('/'))!.text();
    for (const path of ['/graphql', '/docs', '/errors', '/import', '/dev/mails', `/dev/mails/${id}`, '/health/ready'])
      expect(page).toContain(`href="${path}"`);
    expect(page).toContain('demo-token');
    expect(page).toContain('curl &#39;http://localhost:4000/ruangkerja/users&#39;');
    expect(page).toContain('EMPLY001');
    expect(page).not.toContain(hostile);
  });

  test('has no secret, user, mail or count in production, nor has the part that moves', async () => {
    needs.development = false;
    await deliver({ subject: 'Welcome' });
    for (const path of ['/', '/news']) {
      const page = await (await ask(path, { host: 'api.example.com' }))!.text();
      for (const secret of ['demo-token', 'EMPLY001', 'Welcome', 'Users created', '/dev/mails'])
        expect([path, secret, page.includes(secret)]).toEqual([path, secret, false]);
      expect(page).toContain('Database');
    }
  });

  test('gives a program the addresses', async () => {
    const addresses = await (await ask('/', { accept: 'application/json' }))!.json();
    expect(addresses).toMatchObject({
      graphql: 'http://localhost:4000/graphql',
      errors: 'http://localhost:4000/errors',
      health: { ready: 'http://localhost:4000/health/ready' },
      mailbox: 'http://localhost:4000/dev/mails',
    });
    needs.development = false;
    expect(await (await ask('/', { accept: '*/*' }))!.json()).not.toHaveProperty('mailbox');
  });
});

describe('/schema.graphql', () => {
  test('is open in development, and needs a token in production', async () => {
    expect(await (await ask('/schema.graphql'))!.text()).toBe('type Query');
    needs.development = false;
    expect((await ask('/schema.graphql'))!.status).toBe(401);
    expect((await ask('/schema.graphql', { authorization: 'known' }))!.status).toBe(200);
  });
});

describe('GraphiQL', () => {
  test.each([
    ['/graphql?query={__typename}', {}],
    ['/graphql', { method: 'POST' }],
    ['/graphql', { accept: 'application/json' }],
    ['/graphql', { accept: '*/*' }],
  ])('leaves %s %j to GraphQL', async (path, options) => {
    expect(await ask(path, options)).toBeNull();
  });

  test.each(['/graphql/graphiql.js', '/graphql/graphiql.css', '/docs/swagger-ui-bundle.js'])(
    '%s is sent compressed, and only once',
    async (path) => {
      const request = (headers: Record<string, string>) =>
        new Request(`http://localhost:4000${path}`, { headers: { host: 'localhost:4000', ...headers } });
      const visit = { origin: '', requestId: '' };
      const pages = makePages(needs);
      const send = async (headers: Record<string, string>): Promise<Response> =>
        (await pages(request(headers), new URL(`http://localhost:4000${path}`), visit))!;
      const [plain, compressed] = [await send({}), await send({ 'accept-encoding': 'gzip, br' })];
      const [whole, small] = [await plain.bytes(), await compressed.bytes()];
      expect([plain.headers.get('content-encoding'), compressed.headers.get('content-encoding')]).toEqual([
        null,
        'gzip',
      ]);
      expect(gunzipSync(small).equals(whole)).toBe(true);
      expect(small.length).toBeLessThan(2_600_000);
      expect((await send({ 'accept-encoding': 'gzip;q=0' })).headers.get('content-encoding')).toBeNull();
      const again = await send({ 'if-none-match': plain.headers.get('etag')! });
      expect([again.status, await again.text()]).toEqual([304, '']);
    },
  );

  test('carries the token such that it can not end the script', async () => {
    const page = await (await ask('/graphql'))!.text();
    expect(page).not.toContain('demo</script>token');
    expect(page).toContain('demo\\u003c/script>token');
  });

  test('names the tag of the demo only where there is a demo', async () => {
    expect(await (await ask('/graphql'))!.text()).toContain('RUKRTAG-9WHL0JGP');
    needs.demoToken = async () => null;
    const page = await (await ask('/graphql'))!.text();
    expect(page).toMatch(/EMPLY\d{8}/);
    expect(page).not.toContain('RUKRTAG-9WHL0JGP');
  });

  test('has a fresh employeeID at each load', async () => {
    const load = async () => /EMPLY\d{8}/.exec(await (await ask('/graphql'))!.text())![0];
    expect(await load()).not.toBe(await load());
  });
});

test.each(['/home', '/graphql/x', '/errorsx', '/dev', '/dev/mailsx'])('leaves %s to others', async (path) => {
  expect(await ask(path)).toBeNull();
});

describe('/docs and /openapi.json', () => {
  test('are there in production, for any host and without a token', async () => {
    needs.development = false;
    for (const [path, type] of [
      ['/openapi.json', 'application/json'],
      ['/docs', 'text/html; charset=utf-8'],
      ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
      ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ]) {
      const answer = await ask(path!, { host: 'api.example.com' });
      expect([path, answer!.status, answer!.headers.get('content-type')]).toEqual([path, 200, type]);
    }
  });

  test('the page runs no script but its own two and talks to its own host only', async () => {
    const policy = (await ask('/docs'))!.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[^']+'; /);
    expect(policy).toContain("connect-src 'self'");
  });

  test.each(['/docs/index.html', '/docs/../package.json', '/docs/swagger-ui.js', '/docs/__proto__'])(
    '%s is 404',
    async (path) => {
      const answer = await ask(path);
      expect(answer?.status ?? 404).toBe(404);
    },
  );
});
