import { html } from 'hono/html';
import type { MailboxMail } from '../../mail/mailbox.ts';
import { type Frame, layout } from './layout.ts';
import { mailsClient } from './mails-client.ts';

/**
 * Renders the development mailbox: the list, and beside it the opened mail.
 *
 * @param page its `opened` is undefined when no mail is opened, and null for a mail that is gone
 */
export function mailsPage(page: {
  mails: readonly MailboxMail[];
  opened: MailboxMail | null | undefined;
  smtpConfigured: boolean;
  frame: Frame;
  nonce: string;
}): Promise<string> {
  const { mails, opened, smtpConfigured, frame, nonce } = page;
  const body = html`<div class="mailbox${opened === undefined ? '' : ' opened'}">
    <header>
      <div class="bar">
        <h1>Mailbox</h1>
        <a class="back" href="/dev/mails">All mails</a>
        <label class="soft" id="search" hidden>Search <input type="search" autocomplete="off" /></label>
        <button id="clear" hidden>Delete all</button>
        <span class="soft">Kept in memory: the mails vanish when the gateway stops.</span>
      </div>
      ${smtpConfigured ? smtpNote() : ''}
      <p class="note" id="away" role="alert" hidden>The gateway does not answer. Trying again …</p>
    </header>
    <section class="mails" id="mails" aria-label="Mails" data-newest="${mails[0]?.id ?? ''}">
      ${
        mails.length === 0
          ? emptyState(smtpConfigured)
          : html`<ol>
              ${mails.map((mail) => row(mail, mail.id === opened?.id))}
            </ol>`
      }
    </section>
    <main class="mail" id="main" tabindex="-1">
      ${
        opened
          ? openedMail(opened)
          : html`<p class="none">
              ${
                opened === null
                  ? 'This mail is gone: the gateway was restarted, or newer mails took its place.'
                  : mails.length === 0
                    ? ''
                    : 'Choose a mail.'
              }
            </p>`
      }
    </main>
  </div>`;
  return layout({
    title: opened ? `${opened.to.name}: ${opened.subject}` : 'Mailbox',
    here: '/dev/mails',
    frame,
    nonce,
    body,
    script: `(${mailsClient})()`,
  });
}

/** Gives the row of a mail in the list, for a program and for the page itself. */
export const summary = ({ id, receivedAt, to, subject }: MailboxMail) => ({ id, receivedAt, to, subject });

/** Gives a mail with its bodies and its password, for tests; null for a mail without one. */
export function wholeMail(mail: MailboxMail) {
  const { from, replyTo, text, html: body } = mail;
  return { ...summary(mail), from, replyTo, text, html: body, password: passwordIn(body) };
}

/** Reads the password out of the HTML: the text does not mark its line. Undoes what `hono/html` escapes. */
function passwordIn(body: string): string | null {
  const [, escaped] = /<[^>]* data-password(?:="[^"]*")?[^>]*>([^<]*)</.exec(body) ?? [];
  if (escaped === undefined) return null;
  const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return escaped.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => signs[name]!);
}

function row(mail: MailboxMail, current: boolean) {
  return html`<li>
    <a href="/dev/mails/${mail.id}" ${current ? html` aria-current="page"` : ''}>
      <strong dir="auto">${mail.to.name}</strong>${time(mail.receivedAt, { timeStyle: 'medium' })}
      <span class="subject">${mail.subject}</span><span class="subject soft">${mail.to.address}</span></a
    >
  </li>`;
}

function smtpNote() {
  return html`<p class="note">SMTP_URL is set: mails go to that mail server and do not land here.</p>`;
}

function emptyState(smtpConfigured: boolean) {
  return html`<div class="empty">
    <h2>No mail yet</h2>
    ${
      smtpConfigured
        ? html`<p>Start the gateway without SMTP_URL to see its mails here.</p>`
        : html`<p>
            Create a user with an email address, in <a href="/graphql">GraphiQL</a> or with the cURL that the gateway
            printed at its start. The mail with the password appears here by itself.
          </p>`
    }
  </div>`;
}

function openedMail(mail: MailboxMail) {
  return html`<h2>${mail.subject}</h2>
    <p class="soft">
      From <bdi>${mail.from.name}</bdi> &lt;${mail.from.address}&gt;<br />
      To <bdi>${mail.to.name}</bdi> &lt;${mail.to.address}&gt;<br />
      ${mail.replyTo ? html`Reply to <bdi>${mail.replyTo.name}</bdi> &lt;${mail.replyTo.address}&gt;<br />` : ''}
      ${time(mail.receivedAt, { dateStyle: 'medium', timeStyle: 'medium' })}
    </p>
    <div class="bar">
      <div role="tablist" aria-label="Views of the mail">
        <button role="tab" id="tab-html" aria-controls="html" aria-selected="true">HTML</button>
        <button role="tab" id="tab-text" aria-controls="text" aria-selected="false" tabindex="-1">Text</button>
        <button role="tab" id="tab-source" aria-controls="source" aria-selected="false" tabindex="-1">Source</button>
      </div>
      <span class="soft" id="copied" role="status"></span><button class="main" id="copy" hidden>Copy password</button>
    </div>
    <div role="tabpanel" id="html" aria-labelledby="tab-html">
      <iframe title="The mail as HTML" sandbox="" srcdoc="${mail.html}"></iframe>
    </div>
    <div role="tabpanel" id="text" aria-labelledby="tab-text" tabindex="0" hidden><pre>${mail.text}</pre></div>
    <div role="tabpanel" id="source" aria-labelledby="tab-source" tabindex="0" hidden><pre>${mail.source}</pre></div>`;
}

function time(at: Date, style: Intl.DateTimeFormatOptions) {
  return html`<time class="soft" datetime="${at.toISOString()}">${at.toLocaleString('en-GB', style)}</time>`;
}
