import MailComposer from 'nodemailer/lib/mail-composer';
import type { Message } from './ports.ts';

/**
 * Writes a mail as it is sent: its envelope, and its source (RFC 5322). The source is one piece: nodemailer's stream of
 * it has some twenty, each of which is a write to the socket, which together were a third of what a mail costs.
 */
export async function compileMessage({ messageId, from, to, replyTo, subject, text, html }: Message) {
  const mail = new MailComposer({
    messageId: `<${messageId}>`,
    // nodemailer uses address objects as they are. It would parse strings, and a comma in a name would make a second
    // recipient. They are copied because nodemailer writes into them.
    from: { ...from },
    to: { ...to },
    ...(replyTo && { replyTo: { ...replyTo } }),
    subject,
    text,
    html,
    // Never 7bit: a mail server on the way may cut spaces at the end of a line, and a password may end with one.
    encoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }).compile();
  return { envelope: mail.getEnvelope(), source: await mail.build() };
}
