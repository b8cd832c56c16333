import type { Certainty } from '../outbox/kind.ts';
import { DeliveryFailure } from './ports.ts';
import { quotaOf } from './quota.ts';

/** How far the conversation with a mail server came. */
export interface Progress {
  /** Whether RCPT TO was written: before it nothing depends on the mail. */
  recipientNamed: boolean;
  /** Whether MAIL FROM was answered. A server that pipelines may hold that answer back until it has judged RCPT TO. */
  senderAnswered: boolean;
}

/** What the errors of nodemailer carry. */
interface ConversationError {
  code?: string;
  command?: string;
  /** The reply, where there was one. */
  response?: string;
}

/**
 * Replies by which the server says in any phase that it takes no mail now. 421 is "service not available, closing
 * transmission channel" (RFC 5321 section 3.8).
 */
const takesNoMail = /^421(?!\d)/;
/** The mail was not acceptable to nodemailer: nothing of it was written. */
const isLocal = ({ code, response }: ConversationError) => !response && /^E(ENVELOPE|MESSAGE|STREAM)$/.test(code ?? '');
const isClosed = ({ code }: ConversationError) => code === 'ECONNECTION' || code === 'ESOCKET';

/**
 * Finds out whose failure an error of the conversation is:
 * - the account's, where the reply names a provider's limit, in any phase;
 * - the server's, as long as no recipient is named, and where it refuses the sender;
 * - likely the server's, when it answers 421, or closes before it has answered MAIL FROM;
 * - possibly the server's, when it closes after that, as a filter may drop the connection because of this mail, or when
 *   it is silent to MAIL FROM and RCPT together;
 * - the recipient's, at 5yz to RCPT (RFC 5321 section 4.2.1).
 *
 * 5yz after DATA leads to another attempt: the text is the same for every recipient, so the answer is about policy,
 * quota or reputation.
 * @returns undefined where the error may be about this mail only
 */
export function blame(error: unknown, { recipientNamed, senderAnswered }: Progress) {
  const failed = error as ConversationError;
  const { code, command, response = '' } = failed;
  const server = (certainty: Certainty) => ({ of: 'server', certainty }) as const;

  if (isLocal(failed)) return undefined;
  const quota = quotaOf(response, command);
  if (quota) {
    const certainty: Certainty = recipientNamed && command !== 'MAIL FROM' ? 'likely' : 'certain';
    return { of: 'quota', certainty, quota } as const;
  }
  if (!recipientNamed || (command === 'MAIL FROM' && response)) return server('certain');
  if (takesNoMail.test(response)) return server('likely');
  if (isClosed(failed)) return server(senderAnswered ? 'possible' : 'likely');
  if (!senderAnswered && code === 'ETIMEDOUT') return server('possible');
  return command === 'RCPT TO' && response.startsWith('5') ? ({ of: 'recipient' } as const) : undefined;
}

/** Wraps an error in the failure that it is; leaves it as it is where it may be about this mail only. */
export function asFailure(blamed: ReturnType<typeof blame>, cause: unknown): unknown {
  if (!blamed) return cause;
  return new DeliveryFailure(
    blamed.of,
    cause,
    'certainty' in blamed ? blamed.certainty : undefined,
    'quota' in blamed ? blamed.quota : undefined,
  );
}

/**
 * Tells whether a connection that was idle failed because the server had ended its session: it closed or is silent, or
 * says 421, before it has taken the sender.
 */
export function isClosedOrBusy(error: unknown, { senderAnswered }: Progress): boolean {
  const failed = error as ConversationError;
  if (takesNoMail.test(failed.response ?? '')) return failed.command !== 'DATA';
  return !senderAnswered && (isClosed(failed) || failed.code === 'ETIMEDOUT');
}
