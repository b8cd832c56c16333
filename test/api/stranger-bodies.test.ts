import { expect, test } from 'vitest';
import { openGateway } from '../support/gateway.ts';

const query = (bytes: number) => JSON.stringify({ query: '{ __typename }' }).padEnd(bytes);

/** Hands over chunk by chunk what `read` counts. */
function chunked(bytes: number): { body: ReadableStream; read: () => number } {
  let read = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        const size = Math.min(16_384, bytes - read);
        read += size;
        if (size === 0) controller.close();
        else controller.enqueue(Buffer.alloc(size, ' '));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, read: () => read };
}

test.each([true, false])('a body above 64 KB needs a valid token on GraphQL (announced: %s)', async (announced) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const post = (authorization: string | null, bytes: number) =>
    gateway.postJson('/graphql', authorization, query(bytes), announced ? { 'Content-Length': String(bytes) } : {});
  expect((await post(null, 65_536)).status).toBe(200);
  expect((await post(token, 65_537)).status).toBe(200);
  for (const wrong of [null, 'wrong']) {
    const { status, headers, body } = await post(wrong, 65_537);
    expect([status, headers.get('connection'), body.errors]).toEqual([
      401,
      'close',
      [
        {
          message: 'a body of more than 65536 bytes needs a valid access token',
          extensions: expect.objectContaining({ code: 'UNAUTHENTICATED', errorCode: 401 }),
        },
      ],
    ]);
  }
});

test.each(['/graphql', '/oauth/token', '/ruangkerja/users'])(
  'of a body without an announced length at most 64 KB and a chunk are read of a stranger on %s',
  async (path) => {
    const gateway = await openGateway();
    const { body, read } = chunked(1_000_000);
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, duplex: 'half' };
    const { status } = await gateway.send(path, init as RequestInit);
    expect(status).toBe(path === '/oauth/token' ? 413 : 401);
    expect(read()).toBeLessThanOrEqual(65_536 + 16_384);
  },
);

test('the token call takes at most 64 KB', async () => {
  const gateway = await openGateway();
  const { status, body } = await gateway.postJson('/oauth/token', null, `{${' '.repeat(65_536)}}`);
  expect([status, body.detail]).toEqual([413, 'the body is larger than the limit of 65536 bytes']);
});
