import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { DeliveryFailure, type Message, type Transport } from './ports.ts';

export interface Sender {
  name: string;
  address: string;
}

/** Connection with greeting and TLS, and each reply after it, in milliseconds. */
const replyTimeout = 10_000;
/** For the whole attempt: a server that sends one byte every nine seconds never runs into the time-out above. */
const attemptTimeout = 60_000;

/** How the gateway speaks to its mail server. */
export interface MailServer {
  /** `smtp://` or `smtps://`, credentials percent-encoded; of its query nothing is read here. */
  url: string;
  /** What the gateway calls itself in EHLO: a domain or an address literal (RFC 5321 section 4.1.1.1). */
  name: string;
  /** Whether `smtp://` gives up where STARTTLS fails or is not offered; otherwise it uses STARTTLS when offered. */
  requireTls: boolean;
}

/**
 * Sends through a mail server, one connection a mail. Throws when the server did not accept the mail or did not
 * answer in time; aborting destroys the socket in any phase. Whatever goes wrong before the recipient is named, up to the
 * answer to MAIL FROM, is a failure of the server; 5yz at RCPT is one of the recipient (RFC 5321 section 4.2.1). 5yz after DATA
 * is left to another attempt: the text is the same for everybody, so it speaks of policy, quota or reputation.
 * @param from the sender, MAIL_FROM
 */
export function makeSmtpTransport({
  server,
  from,
  timeoutMs = replyTimeout,
}: {
  server: MailServer;
  from: Sender;
  timeoutMs?: number;
}): Transport {
  const options = connectionOptions(server, timeoutMs);
  const auth = credentials(server.url);
  return async (message, signal, onPhase = () => undefined) => {
    onPhase('connecting');
    const mail = new MailComposer(mailOptions(message, from)).compile();
    const deadline = AbortSignal.timeout(attemptTimeout);
    const connection = new SMTPConnection(options);
    const { promise: broken, reject } = Promise.withResolvers<never>();
    broken.catch(() => undefined);
    connection.on('error', reject);
    for (const end of [signal, deadline]) {
      if (end.aborted) reject(end.reason);
      end.addEventListener('abort', () => reject(end.reason), { once: true });
    }
    const done = (step: (callback: (error?: Error | null) => void) => void): Promise<void> =>
      Promise.race([broken, new Promise<void>((resolve, no) => step((error) => (error ? no(error) : resolve())))]);

    let signedIn = false;
    try {
      await done((callback) => connection.connect(callback));
      if (auth && connection.allowsAuth) await done((callback) => connection.login({ credentials: auth }, callback));
      signedIn = true;
      onPhase('sending');
      const source = mail.createReadStream();
      // Read by the socket alone.
      source.once('end', () => onPhase('handed over'));
      await done((callback) => connection.send(mail.getEnvelope(), source, callback));
    } catch (error) {
      const of = blame(error, signedIn);
      let cause = withoutQuotes(error);
      if (signal.aborted) cause = of ? new Error('the mail server was not reached yet:', { cause: error }) : error;
      else if (deadline.aborted) cause = new Error('the mail server took longer than a minute', { cause: error });
      throw of ? new DeliveryFailure(of, cause) : cause;
    } finally {
      connection.close();
    }
  };
}

/** What an error of the conversation says; undefined where it may be about the one mail. */
function blame(error: unknown, signedIn: boolean): DeliveryFailure['of'] | undefined {
  const { command, responseCode = 0 } = error as { command?: string; responseCode?: number };
  if (!signedIn || (command === 'MAIL FROM' && responseCode > 0)) return 'server';
  return command === 'RCPT TO' && responseCode >= 500 ? 'recipient' : undefined;
}

/**
 * The error without the words of a server that has seen a secret: at AUTH the credentials, after DATA the mail, which it may
 * quote in part and in the coding of the mail. The codes stay (RFC 5321 section 4.2, RFC 3463).
 */
function withoutQuotes(error: unknown): unknown {
  const { code, command, response, message } = error as Error & { code?: string; command?: string; response?: string };
  const seenNothing = message.startsWith('Invalid greeting') || /^(EHLO|HELO|STARTTLS)$/.test(command ?? '');
  if (!response || code === 'EENVELOPE' || seenNothing) return error;
  const [codes = 'in another language'] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(response) ?? [];
  return new Error(`the mail server answered ${codes} at ${command}`);
}

/** The source of a mail (RFC 5322) as it would be sent. */
export function composeRaw(message: Message, from: Sender): Promise<Buffer> {
  return new MailComposer(mailOptions(message, from)).compile().build();
}

/** Whether the mail server greets, and takes TLS where it is demanded, within `timeoutMs`. Does not sign in. */
export function verifySmtp(server: MailServer, timeoutMs = 2_000): Promise<boolean> {
  const connection = new SMTPConnection(connectionOptions(server, timeoutMs));
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

/** Built here: nodemailer's own reading of a URL would let its query turn certificate checks off. */
function connectionOptions({ url, name, requireTls }: MailServer, timeout: number) {
  const { protocol, hostname, port } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port && { port: Number(port) }),
    name,
    secure: protocol === 'smtps:',
    requireTLS: requireTls,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    // nodemailer would half-close and wait five seconds for the other side.
    socketCloseTimeout: 0,
  };
}

function credentials(url: string): { user: string; pass: string } | undefined {
  const { username, password } = new URL(url);
  return username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined;
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
