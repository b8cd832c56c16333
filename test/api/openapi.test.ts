import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { scopes } from '../../src/access/ports.ts';
import { errorsOf, openapiDocument, printedOpenapi } from '../../src/api/rest/openapi.ts';
import type { Route } from '../../src/api/rest/route.ts';
import { routes } from '../../src/api/rest/routes.ts';
import { errorDictionary } from '../../src/errors/error-dictionary.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { cases } from '../users/create-user-cases.ts';

const nameOf = ({ method, path }: Route) => `${method} ${path}`;
/** `409 USER_EMAIL_EXISTS` of each documented error. */
const documented = (route: Route): string[] => errorsOf(route).map(({ status, name }) => `${status} ${name}`);
const exampleOf = ({ method, path }: Route, status: number, name: string): { detail: string } => {
  const operation = openapiDocument().paths[path]![method.toLowerCase()] as {
    responses: Record<string, { content: Record<string, { examples: Record<string, { value: { detail: string } }> }> }>;
  };
  return operation.responses[status]!.content['application/json']!.examples[name]!.value;
};
const routeOf = (name: string): Route => routes.find((route) => nameOf(route) === name)!;

test('openapi.json is made of the routes (npm run generate brings it up to date)', () => {
  expect(printedOpenapi()).toBe(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'));
});

test('it is valid OpenAPI 3.1, every reference leads somewhere, and operation ids are unique', async () => {
  const validator = new Validator();
  expect(await validator.validate(openapiDocument())).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  const { schemas } = openapiDocument().components;
  for (const [, name] of printedOpenapi().matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(Object.keys(schemas)).toContain(name);
  expect(printedOpenapi()).not.toContain('$defs');
  const ids = [...printedOpenapi().matchAll(/"operationId": "(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(routes.length);
});

test('every answer has an example of its own form', () => {
  for (const route of routes) {
    expect([nameOf(route), route.answer.parse(route.example)]).toEqual([nameOf(route), route.example]);
    for (const { schema, example } of route.otherAnswers ?? []) expect(schema.parse(example)).toEqual(example);
    if (route.body) expect(route.body.schema.parse(route.body.example)).toEqual(route.body.example);
  }
  for (const operations of Object.values(openapiDocument().paths)) {
    for (const { responses } of Object.values(operations) as {
      responses: Record<string, { content: { 'application/json': { examples: object } } }>;
    }[]) {
      for (const { content } of Object.values(responses))
        expect(Object.keys(content['application/json'].examples).length).toBeGreaterThan(0);
    }
  }
});

test('every route answers what is documented: the errors of its checks, and, when it reads, success in its form', async () => {
  const gateway = await openGateway({ env: { MAX_BODY_BYTES: '2048' } });
  const company = await gateway.company('RUKR', [...scopes]);
  await gateway.rest(company.token, { ...johnDoe, tagSerials: [company.tag] });
  const tokens = new Map<string, string>();
  for (const [index, scope] of scopes.entries())
    tokens.set(
      scope,
      (
        await gateway.company(
          `NOT${'ABCDE'[index]}`,
          scopes.filter((other) => other !== scope),
        )
      ).token,
    );
  for (const route of routes) {
    const path =
      route.path.replace('{employeeID}', 'EMPLY001').replace('{tagSerial}', company.tag) +
      (route.parameters?.some(({ required }) => required) ? '?page=1&pageSize=10' : '');
    const call = async (headers: Record<string, string>, body?: string, to = path) => {
      const answer = await gateway.json(gateway.send(to, { method: route.method, headers, body: body ?? null }));
      if (answer.status !== 200) {
        const { message, detail } = answer.body;
        expect([nameOf(route), documented(route)]).toEqual([
          nameOf(route),
          expect.arrayContaining([`${answer.status} ${message}`]),
        ]);
        // A number is that of the configuration. Of what a token call can do wrong the example is the documented one.
        if (route.scope)
          expect([nameOf(route), exampleOf(route, answer.status, message).detail.replace(/\d+/, 'n')]).toEqual([
            nameOf(route),
            detail.replace(/\d+/, 'n'),
          ]);
      }
      return answer;
    };
    const json = { Authorization: company.token, 'Content-Type': 'application/json' };
    if (route.scope) {
      expect((await call({})).status).toBe(401);
      expect((await call({ Authorization: tokens.get(route.scope)! })).status).toBe(403);
    }
    expect((await call({ ...json, Accept: 'text/csv' })).status).toBe(406);
    if (route.notFound) {
      const body = route.body && '{"name":"Nobody"}';
      expect((await call(json, body, route.path.replace(/\{\w+\}/, 'nobody'))).status).toBe(404);
    }
    if (route.refuses?.includes('BAD_REQUEST') && !route.body)
      expect((await call(json, undefined, route.path)).status).toBe(400);
    if (route.body) {
      expect((await call({ ...json, 'Content-Type': 'text/plain' }, '{}')).status).toBe(415);
      expect((await call(json, `"${'x'.repeat(3000)}"`)).status).toBe(413);
      expect((await call(json, '{')).status).toBe(400);
    } else {
      const { status, body } = await call(json);
      expect([nameOf(route), status, route.answer.parse(body)]).toEqual([nameOf(route), 200, body]);
    }
  }
});

test('the creations answer what is documented: success in its form, and an own error for each broken rule', async () => {
  const gateway = await openGateway();
  const company = await gateway.company('RUKR', [...scopes]);
  const create = routeOf('POST /ruangkerja/users');
  const created = await gateway.rest(company.token, johnDoe);
  expect(create.answer.parse(created.body)).toEqual(created.body);
  const seen = new Set<string>();
  const own = (value: unknown): unknown =>
    value === 'TAG' ? company.tag : value === 'INACTIVE' ? company.inactive : value;
  const refused: object[] = [
    johnDoe,
    { ...johnDoe, employeeID: 'E2' },
    { ...johnDoe, employeeID: 'E2', email: null },
    ...cases.map(({ input }, n) => ({
      ...johnDoe,
      employeeID: `C${n}`,
      email: `c${n}@example.com`,
      phone: null,
      ...input,
      organizationSerial: own(input['organizationSerial']),
    })),
  ];
  for (const input of [
    ...refused,
    { ...johnDoe, employeeID: 'E3', email: 'e3@example.com', phone: null, username: 'taken' },
    { ...johnDoe, employeeID: 'E4', email: 'e4@example.com', phone: null, username: 'taken' },
  ]) {
    const { status, body } = await gateway.rest(company.token, input);
    if (status !== 200) seen.add(`${status} ${body.message}`);
  }
  expect(documented(create)).toEqual(expect.arrayContaining([...seen]));
  const fields = documented(create).filter((error) => /(USER|TAG|ORGANIZATION)_/.test(error));
  expect([...seen].filter((error) => /(USER|TAG|ORGANIZATION)_/.test(error)).toSorted()).toEqual(fields.toSorted());

  const calls: [string, object][] = [
    [
      'POST /ruangkerja/users/create-bulk',
      { items: [johnDoe, { ...johnDoe, employeeID: 'E9', email: 'e9@example.com', phone: null }] },
    ],
    ['POST /ruangkerja/tags', { name: 'New' }],
    ['POST /ruangkerja/tags/create-bulk', { items: [{ name: 'New' }, { name: 'Newer' }] }],
    [
      'POST /oauth/token',
      { clientID: company.clientID, clientSecret: company.clientSecret, grantType: 'client_credentials' },
    ],
  ];
  for (const [name, body] of calls) {
    const answer = await gateway.postJson(routeOf(name).path, company.token, body);
    expect([name, answer.status, routeOf(name).answer.parse(answer.body)]).toEqual([name, 200, answer.body]);
  }
  for (const name of ['New', '']) {
    const { status, body } = await gateway.postJson('/ruangkerja/tags', company.token, { name });
    expect(documented(routeOf('POST /ruangkerja/tags'))).toContain(`${status} ${body.message}`);
  }
});

test('the example of a refused token call is the documented one', async () => {
  const gateway = await openGateway();
  const { status, body } = await gateway.json(
    gateway.send('/oauth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ clientID: 'a', clientSecret: 'b', grantType: 'client_credentials' }),
    }),
  );
  expect(exampleOf(routeOf('POST /oauth/token'), status, body.message)).toEqual(body);
});

test('every error is told with the number and sentence of the dictionary', () => {
  for (const [, code, message] of printedOpenapi().matchAll(/"errorCode": (\d+),\s*"message": "(\w+)"/g))
    expect(errorDictionary[message as keyof typeof errorDictionary].errorCode).toBe(Number(code));
});
