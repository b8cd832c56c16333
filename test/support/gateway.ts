import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { makeApp } from '../../src/gateway/app.ts';
import { readConfig } from './config.ts';
import type { Message, Transport } from '../../src/mail/ports.ts';

export type Gateway = Awaited<ReturnType<typeof openGateway>>;

export const allScopes: Scope[] = ['users:create', 'users:read', 'users:issue-password'];

/**
 * A whole gateway on a new SQLite file, a recording mail transport and a collected log; closed and deleted after the
 * test, or by whoever takes it from `whenDone`. It logs nothing on the level `error` unless `expectErrors`.
 */
export async function openGateway(
  options: {
    env?: Record<string, string>;
    transport?: Transport;
    now?: () => number;
    expectErrors?: boolean;
    withoutFastPath?: boolean;
    whenDone?: (cleanUp: () => Promise<void>) => unknown;
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const lines: string[] = [];
  const mails: Message[] = [];
  const production = {
    NODE_ENV: 'production',
    DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'Ruangkerja <no-reply@ruangkerja.example>',
    RATE_LIMIT: '0',
    LOG_LEVEL: 'trace',
  };
  const { config, problems } = readConfig({ ...production, ...options.env });
  if (!config) throw new Error(problems?.join('\n'));
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => void lines.push(line) });
  const app = await makeApp({
    config,
    secretKey: config.secretKey ?? Buffer.alloc(32, 7),
    log,
    transport: options.transport ?? (async (message) => void mails.push(message)),
    ...(options.now && { now: options.now }),
    ...(options.withoutFastPath && { withoutFastPath: true }),
  });
  (options.whenDone ?? onTestFinished)(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
    const errors = lines.filter((line) => JSON.parse(line).level >= 50);
    if (!options.expectErrors && errors.length > 0)
      throw new Error(`unexpected errors in the log:\n${errors.join('')}`);
  });

  /** A company with a tag, two organizations and a client. */
  async function company(code: string, scopes: Scope[] = allScopes) {
    await app.access.createCompany({ code, name: `${code} Company` });
    const owner = (await app.access.findCompany(code))!;
    const { clientID, clientSecret } = await app.access.createClient(owner, { name: 'HR', scopes });
    const serialOf = (outcome: object): string => ('serial' in outcome ? String(outcome.serial) : '');
    const tag = serialOf(await app.directory.createTag(owner, { name: 'Staff' }));
    const organization = serialOf(
      await app.directory.createOrganization(owner, { name: 'Head office', isActive: true }),
    );
    const inactive = serialOf(await app.directory.createOrganization(owner, { name: 'Closed', isActive: false }));
    return {
      code,
      clientID,
      clientSecret,
      token: await app.access.issueToken(clientID, scopes),
      tag,
      organization,
      inactive,
    };
  }

  const send = (path: string, init: RequestInit = {}): Promise<Response> =>
    app.fetch(new Request(`http://127.0.0.1${path}`, init), '127.0.0.1');

  async function json(response: Response | Promise<Response>) {
    const answer = await response;
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text), text };
  }

  const postJson = (path: string, token: string | null, body: unknown, headers: Record<string, string> = {}) =>
    json(
      send(path, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          ...(token && { Authorization: token }),
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    );

  return {
    app,
    folder,
    lines,
    mails,
    company,
    send,
    json,
    postJson,
    get: (path: string, token: string | null, headers: Record<string, string> = {}) =>
      json(send(path, { headers: { ...(token && { Authorization: token }), ...headers } })),
    /** `POST /ruangkerja/users`. */
    rest: (token: string | null, user: unknown, headers?: Record<string, string>) =>
      postJson('/ruangkerja/users', token, user, headers),
    graphql: (token: string | null, query: string, variables?: unknown, headers?: Record<string, string>) =>
      postJson('/graphql', token, { query, variables }, headers),
    /** The mutation with everything selected. */
    createUser: (token: string | null, input: unknown) =>
      postJson('/graphql', token, { query: createUserMutation, variables: { input } }),
  };
}

export const createUserMutation = /* GraphQL */ `
  mutation CreateUser($input: CreateUserInput!) {
    createUser(input: $input) {
      __typename
      ... on UserCreated {
        passwordDelivery
        user {
          serial
          employeeID
          name
          username
          email
          phone
          isActive
          createdAt
          tags {
            serial
            name
          }
          organization {
            serial
            name
            isActive
          }
        }
      }
      ... on CreateUserError {
        errorCode
        message
        detail
        problems {
          errorCode
          message
          detail
          path
        }
      }
    }
  }
`;

/** The documented body but for its references. */
export const johnDoe = {
  employeeID: 'EMPLY001',
  name: 'John Doe',
  username: null,
  email: 'john.doe@example.com',
  phone: '6281122334455',
  password: null,
  isActive: true,
};

/** What the extensions of every GraphQL error carry beside their own; without a Host header `docUrl` is relative. */
export const help = (errorCode: number) => ({ requestId: expect.any(String), docUrl: `/errors/${errorCode}` });
