import { randomInt } from 'node:crypto';

/**
 * Renders GraphiQL so that one click on Execute creates a user. It needs nothing from the network.
 *
 * @param token for the headers editor, which the browser does not store; null leaves it empty
 * @param nonce of the page's policy, for its scripts
 */
export async function graphiqlPage({ token, nonce }: { token: string | null; nonce: string }): Promise<string> {
  // 9 MB, so it is loaded at the first request.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({
    title: 'Ruangkerja GraphiQL',
    query: createUser,
    variables: scriptSafe({ input: freshInput(token !== null) }),
    headers: scriptSafe(token === null ? {} : { Authorization: `Bearer ${token}` }),
    shouldPersistHeaders: false,
    // GraphiQL would write each edit into the address, and a reload would then be a GraphQL request by GET.
    onEditQuery: null,
  } as Parameters<typeof renderGraphiQL>[0]);
  return page
    .trimStart()
    .replace('<script>', () => `<script nonce="${nonce}">${forget}</script><script nonce="${nonce}">`);
}

// The entries of an earlier visit would win over this load's token and variables. Theme and history stay.
const forget =
  "for (const key of ['tabState', 'query', 'variables', 'headers']) localStorage.removeItem('graphiql:' + key)";

const createUser = `# Execute makes this user. Reload for another.
mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    ... on UserCreated {
      passwordDelivery
      user {
        serial
        employeeID
        name
        email
        phone
        tags { serial name }
        organization { serial name }
        createdAt
      }
    }
    ... on CreateUserError {
      errorCode
      message
      detail
      problems { path errorCode message detail }
    }
  }
}
`;

/** A user that does not exist yet, with the tag and organization of the demo data where there is one. */
function freshInput(withDemo: boolean) {
  const digits = String(randomInt(1e8)).padStart(8, '0');
  return {
    employeeID: `EMPLY${digits}`,
    name: 'John Doe',
    email: `john.doe.${digits}@example.com`,
    phone: `62811${digits}`,
    isActive: true,
    ...(withDemo && { tagSerials: ['RUKRTAG-9WHL0JGP'], organizationSerial: 'COMPFJLYTHWL' }),
  };
}

/** JSON that can't end the script element around it. */
function scriptSafe(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('<', '\\u003c');
}
