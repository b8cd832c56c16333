import MailComposer from 'nodemailer/lib/mail-composer';
import type { Message } from './ports.ts';

/** Prepares a mail for sending: its envelope, and its source (RFC 5322) as a stream or as a whole. */
export function compileMessage({ messageId, from, to, replyTo, subject, text, html }: Message) {
  return new MailComposer({
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
}

/** Builds the source of a mail (RFC 5322) as it would be sent. */
export function composeRaw(message: Message): Promise<Buffer> {
  return compileMessage(message).build();
}
