import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import mercurius from 'mercurius';

/** The gateway's schema and a `createUser` that does nothing, on Mercurius with its JIT; one log line a request, as the gateway has. */
const app = Fastify({ logger: { level: 'info' }, disableRequestLogging: true });
app.addHook('onResponse', async (request, reply) => {
  request.log.info({ path: request.url, status: reply.statusCode, ms: reply.elapsedTime }, 'request');
});
const user = { serial: 'JOHNILXV3QAJJEL3' };
app.register(mercurius, {
  schema: readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'),
  resolvers: { Mutation: { createUser: async () => ({ __typename: 'UserCreated', user, passwordDelivery: 'NONE' }) } },
  jit: 1,
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
