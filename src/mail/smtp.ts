import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { compileMessage, type Sender } from './message-source.ts';
import { DeliveryFailure, type Transport } from './ports.ts';
import { connectionOptions, credentialsOf, type MailServer } from './smtp-server.ts';

/** For the connection with greeting and TLS, and for each reply after it. */
const replyTimeoutMs = 10_000;
/** For the whole attempt: a server that sends one byte every nine seconds never runs into the time-out above. */
const attemptTimeoutMs = 60_000;

/** What `makeSmtpTransport` needs. */
export interface SmtpNeeds {
  server: MailServer;
  /** The sender: MAIL_FROM. */
  from: Sender;
  /** For each reply; default 10 s. */
  timeoutMs?: number;
}

/**
 * Makes the transport that sends through a mail server, one connection for each mail. It throws when the server did not
 * accept the mail or did not answer in time; an abort destroys the socket in any phase.
 *
 * A failure before the recipient is named, up to the answer to MAIL FROM, is one of the server. 5yz at RCPT is one of
 * the recipient (RFC 5321 section 4.2.1). 5yz after DATA leads to another attempt: the text is the same for every
 * recipient, so the answer is about policy, quota or reputation.
 */
export function makeSmtpTransport({ server, from, timeoutMs = replyTimeoutMs }: SmtpNeeds): Transport {
  const options = connectionOptions(server, timeoutMs);
  const credentials = credentialsOf(server.url);
  return async (message, signal, onPhase = () => undefined) => {
    onPhase('connecting');
    const mail = compileMessage(message, from);
    const deadline = AbortSignal.timeout(attemptTimeoutMs);
    const connection = new SMTPConnection(options);
    const step = stepsOf(connection, [signal, deadline]);
    let signedIn = false;
    try {
      await step((callback) => connection.connect(callback));
      if (credentials && connection.allowsAuth) await step((callback) => connection.login({ credentials }, callback));
      signedIn = true;
      onPhase('sending');
      const source = mail.createReadStream();
      // Only the socket reads it: its end means that the server has the whole mail.
      source.once('end', () => onPhase('handed over'));
      await step((callback) => connection.send(mail.getEnvelope(), source, callback));
    } catch (error) {
      const of = failureOf(error, signedIn);
      let cause = withoutQuotes(error);
      if (signal.aborted) cause = of ? new Error('the mail server was not reached yet:', { cause: error }) : error;
      else if (deadline.aborted) cause = new Error('the mail server took longer than a minute', { cause: error });
      throw of ? new DeliveryFailure(of, cause) : cause;
    } finally {
      connection.close();
    }
  };
}

type Step = (begin: (callback: (error?: Error | null) => void) => void) => Promise<void>;

/** Turns the steps of a connection into promises, which reject when the connection breaks or a signal aborts. */
function stepsOf(connection: SMTPConnection, signals: readonly AbortSignal[]): Step {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  connection.on('error', reject);
  for (const signal of signals) {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  }
  return (begin) =>
    Promise.race([broken, new Promise<void>((resolve, fail) => begin((error) => (error ? fail(error) : resolve())))]);
}

/** Whose failure an error of the conversation is; undefined where it may be about this mail only. */
function failureOf(error: unknown, signedIn: boolean): DeliveryFailure['of'] | undefined {
  const { command, responseCode = 0 } = error as { command?: string; responseCode?: number };
  if (!signedIn || (command === 'MAIL FROM' && responseCode > 0)) return 'server';
  return command === 'RCPT TO' && responseCode >= 500 ? 'recipient' : undefined;
}

/**
 * The error without the words of a server that has seen a secret: the credentials at AUTH, the mail after DATA
 * (`docs/decisions/0047`). The codes stay (RFC 5321 section 4.2, RFC 3463).
 */
function withoutQuotes(error: unknown): unknown {
  const { code, command, response, message } = error as Error & { code?: string; command?: string; response?: string };
  const sawNoSecret = message.startsWith('Invalid greeting') || /^(EHLO|HELO|STARTTLS)$/.test(command ?? '');
  if (!response || code === 'EENVELOPE' || sawNoSecret) return error;
  const [codes = 'in another language'] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(response) ?? [];
  return new Error(`the mail server answered ${codes} at ${command}`);
}
