import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { asFailure, blame, type Progress } from './blame.ts';
import { compileMessage } from './message-source.ts';
import type { Transport } from './ports.ts';
import { receiptOf } from './receipt.ts';
import { connectionOptions, credentialsOf, type MailServer } from './smtp-server.ts';

/** For the connection with greeting and TLS, and for each reply after it. */
const replyTimeoutMs = 10_000;
/** For the whole attempt: a server that sends one byte every nine seconds never runs into the time-out above. */
const attemptTimeoutMs = 60_000;

/** What `makeSmtpTransport` needs. */
export interface SmtpNeeds {
  server: MailServer;
  /** For each reply; default 10 s. */
  timeoutMs?: number;
}

/**
 * Makes the transport that sends through a mail server, one connection for each mail. It throws when the server did not
 * accept the mail or did not answer in time; an abort destroys the socket in any phase.
 */
export function makeSmtpTransport({ server, timeoutMs = replyTimeoutMs }: SmtpNeeds): Transport {
  const options = connectionOptions(server, timeoutMs);
  const credentials = credentialsOf(server.url);
  return async (message, signal, onPhase = () => undefined) => {
    onPhase('connecting');
    const mail = compileMessage(message);
    const deadline = AbortSignal.timeout(attemptTimeoutMs);
    const progress: Progress = { recipientNamed: false, senderAnswered: false };
    const logger = listener(progress, () => onPhase('sending'));
    const connection = new SMTPConnection({ ...options, logger, transactionLog: true });
    const step = stepsOf(connection, [signal, deadline]);
    try {
      await step((callback) => connection.connect(callback));
      if (credentials && connection.allowsAuth) await step((callback) => connection.login({ credentials }, callback));
      const source = mail.createReadStream();
      // Only the socket reads it: its end means that the server has the whole mail.
      source.once('end', () => onPhase('handed over'));
      let receipt: string | undefined;
      await step((callback) =>
        connection.send(mail.getEnvelope(), source, (error, info) => {
          if (info) receipt = receiptOf(info.response ?? '');
          callback(error);
        }),
      );
      return receipt;
    } catch (error) {
      const blamed = blame(error, progress);
      let cause = withoutQuotes(error);
      if (signal.aborted) cause = blamed ? new Error('the mail server was not reached yet:', { cause: error }) : error;
      else if (deadline.aborted) cause = new Error('the mail server took longer than a minute', { cause: error });
      throw asFailure(blamed, cause);
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

/** Makes the logger that follows the conversation of a connection and calls `onRecipient` when RCPT TO is written. */
function listener(progress: Progress, onRecipient: () => void) {
  let senderNamed = false;
  return {
    debug({ tnx }: { tnx?: string }, line: string) {
      if (tnx === 'server') progress.senderAnswered ||= senderNamed;
      if (tnx !== 'client') return;
      senderNamed ||= line.startsWith('MAIL FROM:');
      if (progress.recipientNamed || !line.startsWith('RCPT TO:')) return;
      progress.recipientNamed = true;
      onRecipient();
    },
  };
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
