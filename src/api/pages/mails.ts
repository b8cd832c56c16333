import { Refusal } from '../../errors/error-dictionary.ts';
import type { Mailbox, MailboxMail } from '../../mail/mailbox.ts';
import { htmlAnswer, jsonAnswer, noContent } from './answers.ts';
import type { Frame } from './layout.ts';
import { mailsPage, summary, wholeMail } from './mails-page.ts';
import { makeNonce, type Page } from './page.ts';

/** What the development mailbox shows. */
export interface MailsNeeds extends Frame {
  mailbox: Mailbox;
  /** True when mails go to a mail server: the mailbox says so. */
  smtpConfigured: boolean;
}

/** Makes the development mailbox: the list, for a person and for a program, and a page for each mail. */
export function makeMails(needs: MailsNeeds): readonly Page[] {
  return [mails(needs), mailList(needs), mail(needs)];
}

const mailList = ({ mailbox }: MailsNeeds): Page => ({
  owns: (url) => url.pathname === '/dev/mails.json',
  // The page polls twice a second with the newest id that it knows, so that no news is a 204.
  answer(url) {
    const mails = mailbox.list();
    return url.searchParams.get('seen') === (mails[0]?.id ?? '') ? noContent() : jsonAnswer(mails.map(summary));
  },
});

const mails = (needs: MailsNeeds): Page => ({
  owns: (url) => url.pathname === '/dev/mails',
  answer: () => mailboxAnswer(needs, undefined),
  // A page of another origin would need a preflight, which is refused.
  remove() {
    needs.mailbox.clear();
    return noContent();
  },
});

const mail = (needs: MailsNeeds): Page => ({
  owns: (url) => url.pathname.startsWith('/dev/mails/'),
  answer({ pathname }) {
    const [, id = '', json] = /^\/dev\/mails\/(.*?)(\.json)?$/.exec(pathname) ?? [];
    const found = needs.mailbox.find(id) ?? null;
    if (json === undefined) return mailboxAnswer(needs, found);
    if (!found) throw new Refusal('NOT_FOUND');
    return jsonAnswer(wholeMail(found));
  },
});

/** @param opened undefined when no mail is opened, and null for a mail that is gone */
async function mailboxAnswer(
  { mailbox, smtpConfigured, development }: MailsNeeds,
  opened: MailboxMail | null | undefined,
): Promise<Response> {
  const nonce = makeNonce();
  // A mail brings its own styles, and its frame inherits this policy, so styles need no nonce.
  return htmlAnswer(
    await mailsPage({ mails: mailbox.list(), opened, smtpConfigured, frame: { development }, nonce }),
    {
      'script-src': `'nonce-${nonce}'`,
      'style-src': "'unsafe-inline'",
      'img-src': 'data:',
      'connect-src': "'self'",
    },
    'en',
    opened === null ? 404 : 200,
  );
}
