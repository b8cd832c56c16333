import { randomInt } from 'node:crypto';
import { html, raw } from 'hono/html';
import { loadOnce } from '../../load-once.ts';
import { makeAsset, scriptSafe } from './asset.ts';
import { graphiqlClient } from './graphiql-client.ts';
import { navigation, renderDocument } from './layout.ts';
import { navigationCss } from './styles.ts';

/** The parts of GraphiQL that are the same at each load: 9 MB, so they are made at the first request. */
export const makeGraphiqlAssets = () =>
  loadOnce(async () => {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    const whole = renderGraphiQL();
    const part = (start: string, end: string): Buffer<ArrayBuffer> =>
      Buffer.from(whole.slice(whole.indexOf(start) + start.length, whole.lastIndexOf(end)));
    return new Map([
      [paths.css, await makeAsset(part('<style>', '</style>'), 'text/css; charset=utf-8')],
      [
        paths.js,
        await makeAsset(part('<script>', 'YogaGraphiQL.renderYogaGraphiQL('), 'text/javascript; charset=utf-8'),
      ],
    ]);
  });

const paths = { css: '/graphql/graphiql.css', js: '/graphql/graphiql.js' };

/** Whether a path is one of GraphiQL's parts. */
export const isGraphiqlAsset = (path: string): boolean => path === paths.css || path === paths.js;

/**
 * Renders GraphiQL so that one click on Execute creates a user. It needs nothing from the network.
 *
 * @param page its `token` is for the headers editor, which the browser does not store; null leaves it empty. `seen` is
 *   the newest mail: the page links to the next one. `nonce` is that of the page's policy, for its scripts
 */
export function graphiqlPage(page: { token: string | null; seen: string; nonce: string }): Promise<string> {
  const { token, seen, nonce } = page;
  const options = {
    query: createUser,
    variables: JSON.stringify({ input: freshInput(token !== null) }, null, 2),
    headers: JSON.stringify(token === null ? {} : { Authorization: `Bearer ${token}` }, null, 2),
    shouldPersistHeaders: false,
    // GraphiQL would write each edit into the address, and a reload would then be a GraphQL request by GET.
    onEditQuery: null,
  };
  const start = `${forget}; YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), ${scriptSafe(options)})`;
  const mail = html`<a id="mail" href="/dev/mails" data-seen="${seen}" hidden target="_blank"></a>`;
  const body = html`<body class="no-focus-outline">
    ${navigation({ development: true }, '/graphql', 'en', mail)}
    <div id="root"></div>
    <script nonce="${nonce}" src="${paths.js}"></script>
    <script nonce="${nonce}">
      ${raw(start)};
      ${raw(`(${graphiqlClient})()`)};
    </script>
  </body>`;
  const head = html`<link rel="stylesheet" href="${paths.css}" />`;
  return renderDocument({ title: 'GraphiQL', language: 'en', nonce, head, css: navigationCss + css, body });
}

// GraphiQL fills the window below the navigation. On a narrow screen its editors stand above the answer.
const css = `
body { margin: 0; display: flex; flex-direction: column; height: 100vh; height: 100dvh; overflow: hidden }
nav.site { flex: none; font: 16px/1.5 system-ui, sans-serif; color: var(--ink) }
#mail { margin-left: auto; color: var(--accent); text-decoration: underline }
#root { flex: 1; min-height: 0 }
#root > *, .graphiql-container { height: 100% !important }
@media (max-width: 48rem) {
  .graphiql-container :has(> .graphiql-response) { flex-direction: column !important }
  .graphiql-container .graphiql-editors { min-height: 0; flex: 2 1 0 !important }
  .graphiql-container .graphiql-response { min-height: 0; flex: 1 1 0 !important }
  .graphiql-container :is(.graphiql-horizontal-drag-bar, .graphiql-logo) { display: none }
}
`;

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
