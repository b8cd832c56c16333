import { Readable } from 'node:stream';
import { asFailure, blame, isClosedOrBusy, type Progress } from './blame.ts';
import { type Connection, type Follower, makeConnections } from './connections.ts';
import { compileMessage } from './message-source.ts';
import type { Transport } from './ports.ts';
import { receiptOf } from './receipt.ts';
import { connectionOptions, credentialsOf, type MailServer } from './smtp-server.ts';

/** For the connection with greeting and TLS, and for each reply after it. */
const replyTimeoutMs = 10_000;
/** For the whole attempt: a server that sends one byte every nine seconds never runs into the time-out above. */
const attemptTimeoutMs = 60_000;

/**
 * How far apart mails are, as a multiple of the limit's own distance. It is less than that of the delivery
 * (`outbox/limits.ts`), so that mails that were late catch up.
 */
const spacing = 1.04;

/** What `makeSmtpTransport` needs. */
export interface SmtpNeeds {
  server: MailServer;
  /** For each reply; default 10 s. */
  timeoutMs?: number;
  /** Mails that may begin in a second; default 0 for any number. */
  perSecond?: number;
}

/** The transport to a mail server; `close` ends its idle connections. */
export type SmtpTransport = Transport & { close(): void };

/**
 * Makes the transport that sends through a mail server. A connection that worked serves the next mail
 * (`docs/decisions/0067`). It throws when the server did not accept the mail or did not answer in time; an abort
 * destroys the socket in any phase.
 */
export function makeSmtpTransport({ server, timeoutMs = replyTimeoutMs, perSecond = 0 }: SmtpNeeds): SmtpTransport {
  const takeTurn = makePace(perSecond);
  const connections = makeConnections(connectionOptions(server, timeoutMs));
  const credentials = credentialsOf(server.url);

  async function connect({ smtp }: Connection, step: Step): Promise<void> {
    await step((callback) => smtp.connect(callback));
    if (credentials && smtp.allowsAuth) await step((callback) => smtp.login({ credentials }, callback));
  }

  const send: Transport = async (message, signal, onPhase = () => undefined) => {
    const deadline = AbortSignal.timeout(attemptTimeoutMs);
    const { envelope, source } = await compileMessage(message);
    let progress: Progress;
    let turnAt: number | undefined;

    async function converse(connection: Connection, isNew: boolean): Promise<string | undefined> {
      onPhase('connecting');
      progress = { recipientNamed: false, senderAnswered: false };
      connection.follow = follower(progress, () => onPhase('sending'));
      const { step, end } = stepsOf(connection.smtp, [signal, deadline]);
      let timer: NodeJS.Timeout | undefined;
      try {
        if (isNew) await connect(connection, step);
        turnAt ??= takeTurn();
        const waitMs = turnAt - performance.now();
        if (waitMs > 0) await step((callback) => (timer = setTimeout(callback, waitMs)));
        // Only the socket reads it: its end means that the server has the whole mail.
        const stream = Readable.from([source]).once('end', () => onPhase('handed over'));
        const sent = await step<{ response: string }>((callback) => connection.smtp.send(envelope, stream, callback));
        connections.keep(connection);
        return receiptOf(sent.response);
      } catch (error) {
        connections.drop(connection);
        throw error;
      } finally {
        clearTimeout(timer);
        end();
      }
    }

    /** A server may have ended the session of a connection that was idle, which is nobody's failure. */
    async function converseOnAny(): Promise<string | undefined> {
      const reused = connections.reuse();
      if (reused) {
        try {
          return await converse(reused, false);
        } catch (error) {
          if (signal.aborted || deadline.aborted || !isClosedOrBusy(error, progress)) throw error;
        }
      }
      return converse(connections.open(), true);
    }

    try {
      return await converseOnAny();
    } catch (error) {
      const blamed = blame(error, progress!);
      let cause = withoutQuotes(error);
      if (signal.aborted) cause = blamed ? new Error('the mail server was not reached yet:', { cause: error }) : error;
      else if (deadline.aborted) cause = new Error('the mail server took longer than a minute', { cause: error });
      throw asFailure(blamed, cause);
    }
  };
  return Object.assign(send, { close: connections.close });
}

/**
 * Keeps mails apart where the provider counts them: the delivery begins them at its rate, but some have to connect
 * first, and would be sent together with those after them (`docs/decisions/0066`).
 * @returns a function that takes the next turn and tells when it is, by `performance.now()`
 */
function makePace(perSecond: number): () => number {
  const distanceMs = perSecond > 0 ? (spacing * 1_000) / perSecond : 0;
  let nextAt = 0;
  return () => {
    const at = Math.max(performance.now(), nextAt);
    nextAt = at + distanceMs;
    return at;
  };
}

type Step = <T = unknown>(begin: (callback: (error?: Error | null, result?: T) => void) => void) => Promise<T>;

/** Turns the steps of a connection into promises, which reject when the connection breaks or a signal aborts. */
function stepsOf(smtp: Connection['smtp'], signals: readonly AbortSignal[]): { step: Step; end: () => void } {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  const ended = new AbortController();
  smtp.on('error', reject);
  for (const signal of signals) {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended.signal });
  }
  return {
    step: <T>(begin: (callback: (error?: Error | null, result?: T) => void) => void) =>
      Promise.race([
        broken,
        new Promise<T>((resolve, fail) => begin((error, result) => (error ? fail(error) : resolve(result as T)))),
      ]),
    end() {
      smtp.off('error', reject);
      // Without a reason an abort makes an error with a stack.
      ended.abort('ended');
    },
  };
}

/** Makes what follows the conversation about one mail, and calls `onRecipient` when RCPT TO is written. */
function follower(progress: Progress, onRecipient: () => void): Follower {
  let senderNamed = false;
  return ({ tnx }, line) => {
    if (tnx === 'server') progress.senderAnswered ||= senderNamed;
    if (tnx !== 'client') return;
    senderNamed ||= line.startsWith('MAIL FROM:');
    if (progress.recipientNamed || !line.startsWith('RCPT TO:')) return;
    progress.recipientNamed = true;
    onRecipient();
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
