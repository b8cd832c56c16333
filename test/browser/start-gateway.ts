import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createSchema, createYoga } from 'graphql-yoga';
import { makePages } from '../../src/api/pages/make-pages.ts';
import { makeMailbox } from '../../src/mail/mailbox.ts';
import { passwordMail } from '../../src/mail/password-mail.ts';

export interface Gateway {
  /** Without a slash at the end. */
  url: string;
  token: string;
  close(): Promise<void>;
}

interface Input { employeeID: string; name: string; email: string; phone: string; password?: string; tagSerials: string[]; organizationSerial: string }

/** The pages on a small server, with a GraphQL answer of the contract's shape in place of the gateway's own. */
export async function startGateway(): Promise<Gateway> {
  const token = 'demo-token';
  const mailbox = makeMailbox({ from: 'Ruangkerja <no-reply@ruangkerja.localhost>', now: Date.now });
  const pages = makePages({ mailbox, smtpConfigured: false, demoToken: async () => token, development: true });

  const createUser = async (_: unknown, { input }: { input: Input }, { request }: { request: Request }) => {
    if (request.headers.get('authorization') !== `Bearer ${token}`) throw new Error('no token');
    const password = input.password ?? 'Qm7kTzXw4GhRb9cVnYpL2d';
    const mail = passwordMail({ name: input.name, companyName: 'Ruangkerja', password, locale: 'id' });
    const to = { name: input.name, address: input.email };
    await mailbox.transport({ messageId: `${input.employeeID}@test`, to, ...mail }, request.signal);
    const tags = input.tagSerials?.map((serial) => ({ serial, name: 'Demo' })) ?? [];
    const organization = { serial: input.organizationSerial, name: 'Demo' };
    return { __typename: 'UserCreated', passwordDelivery: 'EMAIL', user: { ...input, serial: 'JOHNILXV3QAJJEL3', tags, organization, createdAt: new Date().toISOString() } };
  };

  const yoga = createYoga({
    graphiql: false,
    logging: false,
    schema: createSchema({
      typeDefs: `
        type Query { hello: String }
        type Mutation { createUser(input: CreateUserInput!): CreateUserResult! }
        input CreateUserInput { employeeID: String! name: String! email: String phone: String password: String isActive: Boolean! tagSerials: [String!] organizationSerial: String }
        union CreateUserResult = UserCreated | CreateUserError
        type UserCreated { user: User! passwordDelivery: String! }
        type CreateUserError { errorCode: Int! message: String! detail: String! problems: [Problem!]! }
        type Problem { errorCode: Int! message: String! detail: String! path: [String!]! }
        type User { serial: ID! employeeID: String! name: String! email: String phone: String tags: [Named!]! organization: Named createdAt: String! }
        type Named { serial: ID! name: String! }`,
      resolvers: { Mutation: { createUser } },
    }),
  });

  const server = createServer(getRequestListener(async (request) => (await pages(request)) ?? yoga.fetch(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
