import { createTransport } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Message, Transport } from './ports.ts';

export interface Sender {
  name: string;
  address: string;
}

/** Connection with greeting and TLS, and each reply after it, in milliseconds. */
const replyTimeout = 10_000;
/** For the whole attempt: a server that sends one byte every nine seconds never runs into the time-out above. */
const attemptTimeout = 60_000;

/**
 * Sends through a mail server, one connection a mail. Throws when the server did not accept the mail or did not
 * answer in time; aborting destroys the socket in any phase.
 * @param from the sender, MAIL_FROM
 * @param url `smtp://` (STARTTLS when offered, `?requireTLS=true` demands it) or `smtps://`, credentials percent-encoded
 */
export function makeSmtpTransport({
  url,
  from,
  timeoutMs = replyTimeout,
}: {
  url: string;
  from: Sender;
  timeoutMs?: number;
}): Transport {
  const server = createTransport(connectionOptions(url, timeoutMs));
  server.use('stream', ({ data, message }, done) => {
    // The last stage, read by the socket alone.
    message.processFunc((source) => source.once('end', (data as unknown as { handedOver: () => void }).handedOver));
    done();
  });
  return async (message, signal, handedOver = () => undefined) => {
    const deadline = AbortSignal.timeout(attemptTimeout);
    try {
      const options = { ...mailOptions(message, from), handedOver, signal: AbortSignal.any([signal, deadline]) };
      await server.sendMail(options);
    } catch (error) {
      if (deadline.aborted && !signal.aborted)
        throw new Error('the mail server took longer than a minute', { cause: error });
      throw withoutQuotes(error);
    }
  };
}

/**
 * The error without the words of a server that has seen a secret: at AUTH the credentials, after DATA the mail, which it may
 * quote in part and in the coding of the mail. The codes stay (RFC 5321 section 4.2, RFC 3463).
 */
function withoutQuotes(error: unknown): unknown {
  const { code, command, response, message } = error as Error & { code?: string; command?: string; response?: string };
  if (!response || code === 'EENVELOPE' || message.startsWith('Invalid greeting')) return error;
  const [codes = 'in another language'] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(response) ?? [];
  return new Error(`the mail server answered ${codes} at ${command}`);
}

/** The source of a mail (RFC 5322) as it would be sent. */
export function composeRaw(message: Message, from: Sender): Promise<Buffer> {
  return new MailComposer(mailOptions(message, from)).compile().build();
}

/** Whether the mail server greets, and takes TLS where it is demanded, within `timeoutMs`. Does not sign in. */
export function verifySmtp(url: string, timeoutMs = 2_000): Promise<boolean> {
  const connection = new SMTPConnection(connectionOptions(url, timeoutMs));
  return new Promise((resolve) => {
    const settle = (up: boolean) => {
      clearTimeout(timer);
      connection.close();
      resolve(up);
    };
    const timer = setTimeout(settle, timeoutMs, false);
    connection.on('error', () => settle(false));
    connection.connect((error) => settle(!error));
  });
}

/** Reads nothing from the query but `requireTLS`: nodemailer's own reading would let a URL turn certificate checks off. */
function connectionOptions(url: string, timeout: number) {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port && { port: Number(port) }),
    secure: protocol === 'smtps:',
    requireTLS: searchParams.get('requireTLS') === 'true',
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    // nodemailer would half-close and wait five seconds for the other side.
    socketCloseTimeout: 0,
  };
}

function mailOptions(message: Message, from: Sender) {
  const { messageId, to, subject, text, html } = message;
  return {
    messageId: `<${messageId}>`,
    // Address objects are taken as they are; strings would be parsed, and a comma in a name be a second recipient.
    // Copies: nodemailer writes into them.
    from: { ...from },
    to: { ...to },
    subject,
    text,
    html,
    // Never 7bit: a mail server on the way may cut spaces at the end of a line, and a password may end with one.
    encoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
