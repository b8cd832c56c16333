import { expect, test } from 'vitest';
import { errorDictionary, type ErrorName } from '../../src/errors/error-dictionary.ts';
import { errorHelp } from '../../src/errors/help/help.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { cases } from '../users/create-user-cases.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const names = Object.keys(errorDictionary) as ErrorName[];

test('each row has its page, and each page its row, in both languages', async () => {
  const gateway = await openGateway();
  for (const language of ['en', 'id'] as const) {
    expect(Object.keys(errorHelp[language]).toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      const { errorCode, detail, httpStatus } = errorDictionary[name];
      const { status, headers, body } = await gateway.get(`/errors/${errorCode}?lang=${language}`, null);
      expect([status, headers.get('content-language')]).toEqual([200, language]);
      expect(body).toMatchObject({ errorCode, message: name, detail, httpStatus });
      expect(body.meaning).not.toBe('');
      expect(body.causes.length).toBeGreaterThan(0);
      expect(body.remedy).not.toBe('');
      expect(body.examples.rest).toMatchObject({ errorCode, message: name });
      expect(JSON.stringify(body.examples.graphql)).toContain(`"errorCode":${errorCode}`);
      const page = await gateway.send(`/errors/${errorCode}?lang=${language}`, { headers: { Accept: browser } });
      const html = await page.text();
      expect(html).toContain(`<title>${errorCode} ${name} · Ruangkerja</title>`);
      expect(html).toContain(`<html lang="${language}">`);
    }
  }
  for (const page of ['/errors/1', '/errors/10199', '/errors/__proto__'])
    expect([page, (await gateway.send(page)).status]).toEqual([page, 404]);
});

test('the texts of the two languages differ in every row', () => {
  for (const name of names) {
    expect([name, errorHelp.en[name].meaning]).not.toEqual([name, errorHelp.id[name].meaning]);
    expect([name, errorHelp.en[name].causes.length]).toEqual([name, errorHelp.id[name].causes.length]);
  }
});

test.each([
  ['?lang=id', 'en', 'id'],
  ['?lang=en', 'id', 'en'],
  ['?lang=fr', 'id-ID,en;q=0.5', 'id'],
  ['', 'en;q=0.5, id;q=0.9', 'id'],
  ['', 'fr, de;q=0.5', 'en'],
  ['', 'id;q=0, en;q=0.1', 'en'],
])('%s with Accept-Language %s is in %s', async (query, accepted, language) => {
  const gateway = await openGateway();
  const headers = { Accept: browser, 'Accept-Language': accepted };
  for (const path of ['/errors/10101', '/errors']) {
    const page = await gateway.send(`${path}${query}`, { headers });
    expect(await page.text()).toContain(`<html lang="${language}">`);
    expect(page.headers.get('content-language')).toBe(language);
  }
});

test('a page names its other language, by absolute addresses below PUBLIC_URL', async () => {
  const gateway = await openGateway({ env: { PUBLIC_URL: 'https://gateway.example.com' } });
  const page = await (await gateway.send('/errors/10101', { headers: { Accept: browser } })).text();
  for (const [hreflang, query] of [
    ['id', '?lang=id'],
    ['en', '?lang=en'],
    ['x-default', ''],
  ])
    expect(page).toContain(
      `<link rel="alternate" hreflang="${hreflang}" href="https://gateway.example.com/errors/10101${query}" />`,
    );
});

test.each(['USER_EMAIL_EXISTS', 'user_email_exists'])('/errors/%s leads to the number', async (name) => {
  const gateway = await openGateway();
  const { status, headers } = await gateway.send(`/errors/${name}?lang=id`);
  expect([status, headers.get('location')]).toEqual([308, '/errors/10102?lang=id']);
});

test('the examples of the pages are what REST and GraphQL answer', async () => {
  const gateway = await openGateway();
  const company = await gateway.company('RUKR');
  await gateway.rest(company.token, johnDoe);
  const own = (value: unknown): unknown =>
    value === 'TAG' ? company.tag : value === 'INACTIVE' ? company.inactive : value;
  const query =
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename ... on CreateUserError ' +
    '{ errorCode message detail problems { errorCode message detail path } } } }';
  const compared = new Set<number>();
  const inputs = cases.map(({ input }, n) => ({
    ...johnDoe,
    employeeID: `C${n}`,
    email: `c${n}@example.com`,
    phone: null,
    ...input,
    organizationSerial: own(input['organizationSerial']),
  }));
  for (const input of [johnDoe, { ...johnDoe, employeeID: 'E1' }, ...inputs]) {
    const rest = await gateway.rest(company.token, input);
    const graphql = await gateway.graphql(company.token, query, { input });
    if (rest.status === 200 || graphql.body.data?.createUser?.problems?.length !== 1) continue;
    const { examples } = (await gateway.get(`/errors/${rest.body.errorCode}`, null)).body;
    // The sentence may be a more exact one.
    if (rest.body.detail !== examples.rest.detail) continue;
    compared.add(rest.body.errorCode);
    expect(rest.body).toEqual(examples.rest);
    expect(withoutPlaces(graphql.body)).toEqual(withoutPlaces(examples.graphql));
  }
  expect(compared.size).toBeGreaterThan(8);
  const stranger = { 'X-Request-Id': 'asked' };
  const { examples } = (await gateway.get('/errors/401', null, stranger)).body;
  expect((await gateway.rest(null, johnDoe)).body).toEqual(examples.rest);
  expect((await gateway.graphql(null, query, { input: johnDoe }, stranger)).body).toMatchObject(examples.graphql);
});

/** Drops the places of items in the paths of problems. */
function withoutPlaces(answer: object): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/,"\d+"\]/g, ']'));
}
