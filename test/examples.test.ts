import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSchema, isInputObjectType, parse, validate } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, node, run } from './process/program.ts';
import { scopes } from '../src/access/ports.ts';
import { openGateway } from './support/gateway.ts';

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string) => readFileSync(fileOf(path), 'utf8');

/** A gateway whose first answer to a creation is lost: the connection breaks once it is there. */
async function openGatewayThatLosesAnAnswer() {
  const gateway = await openGateway();
  const { clientID, clientSecret } = await gateway.company('RUKR', [...scopes]);
  let lost = 0;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const answer = await gateway.app.fetch(
      new Request(`http://localhost${request.url}`, {
        method: request.method!,
        headers: request.headers as Record<string, string>,
        ...(body.length > 0 && { body }),
      }),
      '127.0.0.1',
    );
    const text = await answer.text();
    if (request.url !== '/oauth/token' && lost === 0) {
      lost++;
      return request.socket.destroy();
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const env = {
    GATEWAY: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CLIENT_ID: clientID,
    CLIENT_SECRET: clientSecret,
  };
  return { gateway, env, lost: () => lost };
}

const examples: [string, string[]][] = [
  ['typescript', [node[0], fileOf('examples/typescript/main.ts')]],
  ['curl', ['bash', fileOf('examples/curl/create-user.sh')]],
];

test.each(examples)(
  '%s creates a user once although the first answer is lost, and knows errors by number',
  async (name, program) => {
    const { gateway, env, lost } = await openGatewayThatLosesAnAnswer();
    const create = async (employeeID: string) => {
      const { ended, out, err } = run(makeFolder(), env, [employeeID], [], program);
      return { code: await ended, out: out(), err: err() };
    };
    const created = await create('EMPLY100');
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^created [A-Z0-9]{16}\b/) });
    expect(lost()).toBe(1);
    await expect.poll(() => gateway.mails.length).toBe(1);
    // The same key is the same request; another spelling of the employee ID is another request for the same person.
    expect((await create('EMPLY100')).out).toBe(created.out);
    expect((await create('emply100')).out).toMatch(/^is already there\n/);
    if (name === 'typescript') expect(created.out).toContain('"createdCount":0,"updatedCount":1,');
    const refused = await create('EMPLY-1');
    expect(refused.err).toContain('10111');
    expect(gateway.mails).toHaveLength(1);
  },
);

test('the operations of the typed client are those of its generated files, and fit the schema', () => {
  const schema = buildSchema(read('schema.graphql'));
  const operations = [...read('examples/typescript/main.ts').matchAll(/graphql\(`([^`]+)`\)/g)].map(
    ([, text]) => text!,
  );
  expect(operations).toHaveLength(2);
  for (const operation of operations) {
    expect(validate(schema, parse(operation))).toEqual([]);
    expect(read('examples/typescript/generated/gql.ts')).toContain(JSON.stringify(operation));
  }
  const input = schema.getType('CreateUserInput');
  if (!isInputObjectType(input)) throw new Error('no input');
  const [, generated] = /export type CreateUserInput = \{([^]+?)\n\};/.exec(
    read('examples/typescript/generated/graphql.ts'),
  )!;
  const names = [...generated!.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
  expect(names.toSorted()).toEqual(Object.keys(input.getFields()).toSorted());
});

test('an example is a page long', () => {
  expect(read('examples/typescript/main.ts').split('\n').length).toBeLessThanOrEqual(61);
  expect(read('examples/curl/create-user.sh').split('\n').length).toBeLessThanOrEqual(40);
});
