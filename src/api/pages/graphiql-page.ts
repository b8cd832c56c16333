import { randomInt } from 'node:crypto';

/**
 * GraphiQL, opened so that one click on Execute makes a user. Needs nothing from the network.
 *
 * @param token goes into the headers editor, and from there into nothing that the browser keeps; null leaves it empty
 * @param nonce what the page's policy allows for its scripts
 */
export async function graphiqlPage({ token, nonce }: { token: string | null; nonce: string }): Promise<string> {
  // 9 MB, so not before somebody asks for it.
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

// What GraphiQL stored at an earlier visit would win over this load's token and variables. Theme and history stay.
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

/** A user that nobody has yet; with the tag and organization of the demo data, where there is one. */
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
