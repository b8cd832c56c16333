import { html } from 'hono/html';
import type { MailboxMail } from '../../mail/mailbox.ts';
import type { User } from '../../users/ports.ts';
import { homeClient } from './home-client.ts';
import { type Frame, layout } from './layout.ts';

/** What is new, for the part of the page that moves. */
export interface News {
  /** The answer of `/health/ready`. */
  health: { status: string; database: string; disk: string; mail: string; mails?: { summary: string } | null };
  /** Only in development: whom it is about is nobody else's business. */
  own?: {
    users: readonly Pick<User, 'name' | 'employeeID' | 'createdAt'>[];
    mails: readonly MailboxMail[];
    tally: { calls: number; failures: number; created: number; refused: number };
  };
}

/** The first call of a developer. */
export interface FirstCall {
  accessToken: string;
  /** A command line that creates a user. */
  curl: string;
}

/** Renders the page that leads to everything. */
export async function homePage(page: {
  frame: Frame;
  news: News;
  /** null in production, and without a demo client. */
  firstCall: FirstCall | null;
  nonce: string;
}): Promise<string> {
  const { frame, news, firstCall, nonce } = page;
  const body = html`<main class="sheet home" id="main">
    <h1>Ruangkerja Gateway</h1>
    <p>Creates users over GraphQL and REST, and mails each of them a password.</p>
    <h2>Where to go</h2>
    <ul class="cards">
      ${placesOf(frame).map(
        ([path, name, sentence]) =>
          html`<li><a href="${path}">${name}</a><br /><span class="soft">${sentence}</span></li>`,
      )}
    </ul>
    ${firstCall ? firstCallMarkup(firstCall) : ''}
    <div id="news">${newsMarkup(news)}</div>
    <p class="note" id="away" role="alert" hidden>The gateway does not answer. Trying again …</p>
  </main>`;
  return layout({ title: 'Home', here: '/', frame, nonce, body, script: `(${homeClient})()` });
}

/** The addresses that a person opens, with a sentence each. */
function placesOf({ development }: Frame): [path: string, name: string, sentence: string][] {
  const inDevelopment = (place: [string, string, string]) => (development ? [place] : []);
  return [
    ...inDevelopment(['/graphql', 'GraphiQL', 'Write a query; one click creates a user.']),
    ['/docs', 'REST documentation', 'Every route, to read and to try.'],
    ['/errors', 'Error dictionary', 'What each number means and how to fix it.'],
    ['/import', 'Import', 'Create the users of a CSV file.'],
    ...inDevelopment(['/dev/mails', 'Mailbox', 'The mails with the passwords land here.']),
    ['/health/ready', 'Health', 'What a load balancer asks.'],
    ['/schema.graphql', 'GraphQL schema', development ? 'For code generators.' : 'With a token, for code generators.'],
    ['/openapi.json', 'OpenAPI', 'The REST routes for code generators.'],
  ];
}

function firstCallMarkup({ accessToken, curl }: FirstCall) {
  const copyable = (name: string, text: string) =>
    html`<div class="bar">
        <h3>${name}</h3>
        <button data-copy="${text}" hidden>Copy</button>
      </div>
      <pre tabindex="0"><code>${text}</code></pre>`;
  return html`<h2>First call</h2>
    ${copyable('Access token', accessToken)} ${copyable('Create a user', curl)}
    <p class="soft">
      The second time it answers <a href="/errors/10101">10101</a>: the employee ID is taken.
      <span id="copied" role="status"></span>
    </p>`;
}

/** Renders the part of the page that moves. */
export function newsMarkup({ health, own }: News) {
  const figures: [name: string, value: string | number][] = [
    ['Gateway', health.status],
    ['Database', health.database],
    ['Disk', health.disk],
    ['Mail server', health.mail],
    ['Mails to send', health.mails?.summary ?? 'unknown'],
    ...(own ? talliesOf(own.tally) : []),
  ];
  return html`<h2>Now</h2>
    <dl class="figures">
      ${figures.map(
        ([name, value]) =>
          html`<div>
            <dt class="soft">${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${own ? html`<p class="soft">The counts begin with the start of the gateway.</p>` : ''}
    ${own ? latestMarkup(own) : ''}`;
}

function talliesOf({ calls, failures, created, refused }: NonNullable<News['own']>['tally']): [string, number][] {
  return [
    ['Users created', created],
    ['Users refused', refused],
    ['Calls', calls],
    ['Failed calls', failures],
  ];
}

function latestMarkup({ users, mails }: NonNullable<News['own']>) {
  const time = (at: Date) =>
    html`<time class="soft" datetime="${at.toISOString()}">${at.toLocaleTimeString('en-GB')}</time>`;
  const list = (items: readonly unknown[], none: string) =>
    items.length === 0
      ? html`<p class="soft">${none}</p>`
      : html`<ol class="latest">
          ${items}
        </ol>`;
  return html`<div class="columns">
    <section>
      <h2>Last users</h2>
      ${list(
        users.map(
          ({ name, employeeID, createdAt }) =>
            html`<li><bdi>${name}</bdi> <span class="soft">${employeeID}</span> ${time(createdAt)}</li>`,
        ),
        'None yet.',
      )}
    </section>
    <section>
      <h2>Last mails</h2>
      ${list(
        mails.map(
          ({ id, to, subject, receivedAt }) =>
            html`<li>
              <a href="/dev/mails/${id}"><bdi>${to.name}</bdi></a> <span class="soft">${subject}</span>
              ${time(receivedAt)}
            </li>`,
        ),
        'None yet.',
      )}
    </section>
  </div>`;
}
