import { expect, test } from 'vitest';
import { makeEdge } from '../../src/api/http/edge.ts';

test('what no part of the program caught is 500 with the request id in answer and log', async () => {
  const lines: [string, object][] = [];
  const note = (level: string) => (about: object) => void lines.push([level, about]);
  const edge = makeEdge({
    graphql: async () => ({ status: 200, headers: {}, body: '' }),
    rest: () => new Response(),
    health: async () => null,
    pages: () => null,
    isStopping: () => false,
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
  });
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
    ['info', { requestId, status: 500, errorCode: 500 }],
  ]);
});
