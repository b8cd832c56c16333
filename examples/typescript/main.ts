import { setTimeout as sleep } from 'node:timers/promises';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { graphql } from './generated/index.ts';
import type { CreateUserInput } from './generated/graphql.ts';

const { GATEWAY = 'http://127.0.0.1:4000', CLIENT_ID, CLIENT_SECRET } = process.env;

const createUser = graphql(`
  mutation CreateUser($input: CreateUserInput!, $key: String!) {
    createUser(input: $input, idempotencyKey: $key) {
      ... on UserCreated { user { serial } passwordDelivery }
      ... on CreateUserError { problems { errorCode detail path } }
    }
  }
`);

const upsertUsers = graphql(`
  mutation UpsertUsers($inputs: [CreateUserInput!]!, $key: String!) {
    upsertUsers(inputs: $inputs, idempotencyKey: $key) { createdCount updatedCount unchangedCount errorCount }
  }
`);

/** Gets an access token, which is good for twelve hours. */
async function getToken(): Promise<string> {
  const body = JSON.stringify({ clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, grantType: 'client_credentials' });
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${GATEWAY}/oauth/token`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`no token: ${await response.text()}`);
  return (await response.json()).data.accessToken;
}

/** Sends an operation, again when the answer is lost or says later. The key in the variables makes that safe. */
async function send<Data, Variables>(token: string, query: TypedDocumentNode<Data, Variables>, variables: Variables) {
  const headers = { 'Content-Type': 'application/json', Authorization: token };
  const body = JSON.stringify({ query: print(query), variables });
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${GATEWAY}/graphql`, { method: 'POST', headers, body }).catch(() => null);
    const retryAfter = response?.headers.get('Retry-After'); // On 429, 503 and 13102: the first request still runs.
    if (attempt < 5 && (response === null || response.status === 429 || response.status >= 500 || retryAfter)) {
      await sleep((Number(retryAfter) || 2 ** attempt) * 1000);
      continue;
    }
    const { data, errors } = (await response?.json()) ?? { errors: 'the gateway cannot be reached' };
    if (errors) throw new Error(JSON.stringify(errors));
    return data as Data;
  }
}

const employeeID = process.argv[2] ?? 'EMPLY100';
const input: CreateUserInput = { employeeID, name: 'Dewi Ayu', email: `${employeeID}@example.com`, isActive: true };
// Of what is created, not random: the program that dies and starts again sends the same key.
const token = await getToken();
const result = (await send(token, createUser, { input, key: `hris-${employeeID}` })).createUser;
if ('user' in result) console.log(`created ${result.user.serial}, password by ${result.passwordDelivery}`);
else if (result.problems.some(({ errorCode }) => errorCode === 10101)) console.log('is already there');
else for (const { errorCode, detail, path } of result.problems) console.error(`${errorCode} at ${path}: ${detail}`);
// Whoever is there is changed, whoever is not is created: what a nightly run sends.
const night = { inputs: [{ ...input, name: 'Dewi Lestari' }], key: `hris-${employeeID}-night` };
console.log(JSON.stringify((await send(token, upsertUsers, night)).upsertUsers));
