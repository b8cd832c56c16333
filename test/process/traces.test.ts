import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createUserMutation, johnDoe } from '../support/gateway.ts';
import { makeFolder, type Program, start } from './program.ts';

const tracer = fileURLToPath(new URL('../support/tracer.ts', import.meta.url));

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  attributes: { key: string; value: { stringValue: string } }[];
  status: { code?: number };
}
interface OtlpRequest {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

/** A receiver of OTLP over HTTP, and a gateway whose tracer sends to it. */
async function openTraced(env: Record<string, string>) {
  const spans: OtlpSpan[] = [];
  const receiver = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as OtlpRequest;
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader('Content-Type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  onTestFinished(() => {
    receiver.close();
    receiver.closeAllConnections();
  });
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const options = { NODE_OPTIONS: `--import=${tracer}`, OTLP_RECEIVER: address };
  const program = await start(makeFolder(), { ...options, ...env }, ['--json']);
  await vi.waitFor(() => program.json());
  return { program, spans };
}

const send = (program: Program, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${program.port()}${path}`, {
    method: 'POST',
    headers: { Authorization: program.json().accessToken, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test('a creation and its mail are spans of the trace of the caller, without any value of it', async () => {
  const { program, spans } = await openTraced({ OTEL_SERVICE_NAME: 'gateway' });
  const [traceId, callerId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const input = { ...johnDoe, password: 'correct horse battery' };
  const answer = await send(
    program,
    '/graphql',
    { query: createUserMutation.replace('CreateUser(', 'Hunter2('), variables: { input } },
    { traceparent: `00-${traceId}-${callerId}-01` },
  );
  expect(((await answer.json()) as { data: { createUser: object } }).data.createUser).toMatchObject({
    __typename: 'UserCreated',
  });
  const ours = () => spans.filter((span) => span.traceId === traceId);
  const nameOf = (id: string) => (id === callerId ? 'the caller' : ours().find(({ spanId }) => spanId === id)?.name);
  const tree = () => ours().map(({ name, parentSpanId }) => `${name} < ${nameOf(parentSpanId)}`);
  const expected = [
    'POST /graphql < the caller',
    'commit < graphql.execute',
    'graphql.execute < POST /graphql',
    'graphql.parse < POST /graphql',
    // In two passes.
    'graphql.validate < POST /graphql',
    'graphql.validate < POST /graphql',
    'hash < graphql.execute',
    'look-up < graphql.execute',
    'mail < graphql.execute',
  ];
  // The exporter sends them in several parts.
  await vi.waitFor(() => expect(tree().toSorted()).toEqual(expected));
  const attributesOf = (name: string) =>
    Object.fromEntries(
      ours()
        .find((span) => span.name === name)!
        .attributes.map(({ key, value }) => [key, value.stringValue]),
    );
  expect(attributesOf('POST /graphql')).toEqual({
    'http.request.method': 'POST',
    'http.route': '/graphql',
    'http.response.status_code': '200',
    'graphql.operation.name': 'createUser',
    'ruangkerja.request_id': answer.headers.get('x-request-id'),
  });
  expect(attributesOf('mail')).toMatchObject({ 'ruangkerja.attempt': '1', 'ruangkerja.outcome': 'accepted' });
  expect(JSON.stringify(spans)).not.toMatch(/John|EMPLY001|example\.com|6281122334455|horse|Hunter2/);
});

test('a REST call has the name of its route, what fails is marked, and a probe is no span', async () => {
  const { program, spans } = await openTraced({ OTEL_TRACES_SAMPLER: 'always_on' });
  const path = '/ruangkerja/users';
  expect((await fetch(`http://127.0.0.1:${program.port()}/health/live`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${program.port()}${path}/Hunter2`)).status).toBe(401);
  await send(program, path, { ...johnDoe, email: null });
  await vi.waitFor(() => expect(spans.map(({ name }) => name)).toContain(`POST ${path}`));
  expect(spans.map(({ name }) => name).toSorted()).toEqual([
    'GET /ruangkerja/users/{employeeID}',
    `POST ${path}`,
    'commit',
    'hash',
    'look-up',
  ]);
  expect(JSON.stringify(spans)).not.toMatch(/Hunter2/);
});

test('without a variable OTEL_… there are no spans', async () => {
  const { program, spans } = await openTraced({});
  expect((await send(program, '/ruangkerja/users', johnDoe)).status).toBe(200);
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  expect(spans).toEqual([]);
});
