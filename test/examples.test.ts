import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSchema, isInputObjectType, parse, validate } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, node, run } from './process/program.ts';
import { scopes } from '../src/access/ports.ts';
import { errorDictionary } from '../src/errors/error-dictionary.ts';
import { openGateway } from './support/gateway.ts';

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string) => readFileSync(fileOf(path), 'utf8');

/** What happens to a call on its way; a call that is `fine` is answered. */
type Fate =
  | 'fine'
  /** The connection breaks once the answer is there. */
  | 'lost'
  /** The call arrives twenty times at once; the client gets an answer that says 13102. */
  | 'in use';

/** A gateway behind a network that treats the first calls, but for those for a token, as `fates` says. */
async function openGatewayBehind(fates: Fate[]) {
  const gateway = await openGateway();
  const { clientID, clientSecret } = await gateway.company('RUKR', [...scopes]);
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const send = () =>
      gateway.app.fetch(
        new Request(`http://localhost${request.url}`, {
          method: request.method!,
          headers: request.headers as Record<string, string>,
          ...(body.length > 0 && { body }),
        }),
        '127.0.0.1',
      );
    const fate = request.url === '/oauth/token' ? 'fine' : (fates.shift() ?? 'fine');
    const answers = await Promise.all(Array.from({ length: fate === 'in use' ? 20 : 1 }, send));
    const answer = fate === 'in use' ? answers.find(({ headers }) => headers.has('retry-after'))! : answers[0]!;
    const text = await answer.text();
    if (fate === 'lost') request.socket.destroy();
    else response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const env = {
    GATEWAY: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CLIENT_ID: clientID,
    CLIENT_SECRET: clientSecret,
  };
  return { gateway, env };
}

const examples: [string, Fate[], string[]][] = [
  // The answer to the creation is lost; the upsert is in use.
  ['typescript', ['lost', 'fine', 'in use'], [node[0], fileOf('examples/typescript/main.ts')]],
  ['curl', ['in use', 'lost'], ['bash', fileOf('examples/curl/create-user.sh')]],
];

test.each(examples)(
  '%s creates a user once although an answer is lost and a key is in use, and knows errors by number',
  async (name, fates, program) => {
    const { gateway, env } = await openGatewayBehind(fates);
    const create = async (employeeID: string) => {
      const { ended, out, err } = run(makeFolder(), env, [employeeID], [], program);
      return { code: await ended, out: out(), err: err() };
    };
    const created = await create('EMPLY100');
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^created [A-Z0-9]{16}\b/) });
    expect(fates).toEqual([]);
    await expect.poll(() => gateway.mails.length).toBe(1);
    // The same key is the same request; another spelling of the employee ID is another request for the same person.
    expect((await create('EMPLY100')).out).toBe(created.out);
    expect((await create('emply100')).out).toMatch(/^is already there\n/);
    if (name === 'typescript') expect(created.out).toContain('"createdCount":0,"updatedCount":1,');
    const refused = await create('EMPLY-1');
    expect(refused.err).toContain('10111');
    expect(refused.err).toContain(errorDictionary.USER_EMPLOYEE_ID_INVALID.detail);
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
