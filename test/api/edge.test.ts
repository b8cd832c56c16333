import { expect, test } from 'vitest';
import { type EdgeNeeds, makeEdge } from '../../src/api/http/edge.ts';

const openEdge = (parts: Partial<EdgeNeeds> = {}) => {
  const lines: [string, object][] = [];
  const note = (level: string) => (about: object) => void lines.push([level, about]);
  const edge = makeEdge({
    graphql: async () => ({ status: 200, headers: {}, body: '' }),
    rest: () => new Response(),
    health: async () => null,
    pages: () => null,
    failurePage: async (_request, response) => response,
    isStopping: () => false,
    publicUrl: null,
    answered: note('answered'),
    log: { warn: note('warn'), error: note('error') },
    ...parts,
  });
  return { edge, lines };
};

test('what no part of the program caught is 500 with the request id in answer and log', async () => {
  const { edge, lines } = openEdge();
  const cause = new Error('a disaster');
  const answer = edge.refuse(cause);
  const requestId = answer.headers.get('x-request-id');
  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual({
    errorCode: 500,
    message: 'INTERNAL_ERROR',
    detail: `something went wrong here, request id ${requestId}`,
  });
  expect(lines).toMatchObject([
    ['error', { requestId, err: cause }],
    ['answered', { requestId, status: 500 }],
  ]);
});

test('an idempotency key in use is worth another try after a second, on GraphQL as on REST', async () => {
  const { edge } = openEdge({
    graphql: async (_, exchange) => {
      exchange.errorCode = 13102;
      return { status: 200, headers: {}, body: '' };
    },
    rest: (_, exchange) => {
      exchange.errorCode = 13102;
      return new Response(null, { status: 409 });
    },
  });
  const peer = { address: '', isLast: () => true };
  const request = { method: 'POST', url: '', headers: new Headers(), bytes: async () => new Uint8Array() };
  expect((await edge.post(request, peer)).headers['Retry-After']).toBe('1');
  expect((await edge.fetch(new Request('http://a/ruangkerja/users'), peer)).headers.get('Retry-After')).toBe('1');
});

test('while it stops, the answer of the last request of a connection closes it, and no answer before', async () => {
  const { edge } = openEdge({ isStopping: () => true });
  const connection = async (isLast: boolean) =>
    (await edge.fetch(new Request('http://a/x'), { address: '', isLast: () => isLast })).headers.get('Connection');
  expect([await connection(false), await connection(true)]).toEqual([null, 'close']);
});
