import { describe, expect, test } from 'vitest';
import { openGateway } from '../support/gateway.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const development = { NODE_ENV: 'development', SMTP_URL: '' };

describe('a slash at the end of an address', () => {
  test.each([
    ['/errors/', '/errors'],
    ['/errors//', '/errors/'],
    ['/errors/10101/?lang=id', '/errors/10101?lang=id'],
    ['/docs/', '/docs'],
    ['/import/', '/import'],
    ['/graphql/', '/graphql'],
    ['/dev/mails/', '/dev/mails'],
    ['/openapi.json/', '/openapi.json'],
  ])('%s leads to %s', async (path, to) => {
    const gateway = await openGateway({ env: development });
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await gateway.send(path, {
        method,
        headers: { Accept: browser },
        redirect: 'manual',
      });
      expect([status, headers.get('location')]).toEqual([308, to]);
    }
  });

  test.each([
    ['GET', '//'],
    ['GET', '//evil.example/'],
    ['GET', '/nowhere/'],
    ['GET', '/ruangkerja/users/'],
    ['GET', '/health/live/'],
    ['POST', '/graphql/'],
    ['POST', '/oauth/token/'],
  ])('%s %s stays 404', async (method, path) => {
    const gateway = await openGateway({ env: development });
    expect((await gateway.send(path, { method, headers: { Accept: browser } })).status).toBe(404);
  });

  test('leads to no page of development in production', async () => {
    const gateway = await openGateway();
    for (const path of ['/graphql/', '/dev/mails/'])
      expect([path, (await gateway.send(path, { headers: { Accept: browser } })).status]).toEqual([path, 404]);
  });
});

describe('what chose an answer', () => {
  test.each([
    ['/', 200, 'en'],
    ['/docs', 200, 'en'],
    ['/dev/mails', 200, 'en'],
    ['/dev/mails/gone', 404, 'en'],
    ['/graphql', 200, 'en'],
    ['/errors', 200, 'id'],
    ['/errors/10101', 200, 'id'],
    ['/import', 200, 'id'],
    ['/nowhere', 404, 'id'],
    ['/ruangkerja/users', 401, 'id'],
  ])('the page %s names its language, and the headers that chose it', async (path, status, language) => {
    const gateway = await openGateway({ env: development });
    const page = await gateway.send(path, { headers: { Accept: browser, 'Accept-Language': 'id' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-language')).toBe(language);
    expect(await page.text()).toContain(`<html lang="${language}">`);
    expect(page.headers.get('vary')).toBe('Accept, Accept-Language');
  });

  test('the same addresses name these headers for a program, and so does each failure', async () => {
    const gateway = await openGateway({ env: development });
    const answers = [
      ...['/', '/errors', '/errors/10101', '/nowhere', '/ruangkerja/users', '/dev/mails.json'].map((path) =>
        gateway.get(path, null),
      ),
      gateway.rest(null, {}),
      gateway.rest(null, {}, { Accept: 'application/problem+json' }),
      gateway.graphql(null, '{'),
      gateway.postJson('/oauth/token', null, '{'),
    ];
    for (const { headers } of await Promise.all(answers)) expect(headers.get('vary')).toBe('Accept, Accept-Language');
  });

  test('a file of a page is chosen by its coding alone', async () => {
    const gateway = await openGateway({ env: development });
    const { headers } = await gateway.send('/docs/swagger-ui.css', { headers: { Accept: 'text/css' } });
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual(['Accept-Encoding', 'no-cache']);
  });
});
