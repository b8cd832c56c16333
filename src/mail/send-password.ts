import { describeError } from '../outbox/describe-error.ts';
import type { DeliveryKind } from '../outbox/kind.ts';
import { readMailAddress } from './mail-address.ts';
import { passwordMail } from './password-mail.ts';
import { DeliveryFailure, type DueMail, type Locale, type MailAddress, type Message, type Transport } from './ports.ts';
import type { Sealer } from './seal.ts';

/** What `makeSendPassword` needs. */
export interface SendPasswordNeeds {
  transport: Transport;
  sealer: Pick<Sealer, 'open'>;
  /** MAIL_FROM. Its domain is the right part of each Message-ID. */
  from: MailAddress;
  /** For companies that set none of their own. */
  locale: Locale;
  signInUrl: string | null;
  replyTo: MailAddress | null;
}

type Installation = Pick<SendPasswordNeeds, 'from' | 'locale' | 'signInUrl' | 'replyTo'>;

/** Makes the function that opens the sealed password of a mail, writes the mail and hands it to the transport. */
export function makeSendPassword(needs: SendPasswordNeeds): DeliveryKind<DueMail>['send'] {
  const { transport, sealer, ...installation } = needs;
  const [, domain] = needs.from.address.split('@');
  return async (mail, signal, onPhase) => {
    const password = sealer.open(mail.id, mail.userSerial, mail.sealed);
    if (password === null) {
      const error = 'the sealed password was changed: the SECRET_KEY that sealed it does not open it';
      return { kind: 'unreadable', error };
    }
    try {
      const message = { messageId: `${mail.id}@${domain}`, ...write(mail, password, installation) };
      const receipt = (await transport(message, signal, onPhase)) ?? undefined;
      // A server that gives the password as its queue id must not bring it into the log.
      return { kind: 'accepted', answer: receipt?.replaceAll(password, '[password]') };
    } catch (caught) {
      const error = describeError(caught, [[password, '[password]'], ...recipientIn(mail)]);
      return { ...failureOf(caught), error };
    }
  };
}

const anyAddress = /[^\s<>()[\]:;,"']+@[\w.-]+/g;

/**
 * What a server may quote of a recipient: the address in another case, as nodemailer lowers the domain, another one
 * that it forwards to, the part before the @ alone, and of the mail the name, a word of it, or the username.
 */
function recipientIn({ email, name, username }: DueMail): (readonly [RegExp, string])[] {
  const words = name.split(/[^\p{L}\p{M}]+/u).filter(({ length }) => length > 2);
  const values = [email.slice(0, email.lastIndexOf('@')), name, ...words, username ?? ''].filter((one) => one !== '');
  const any = values.map((value) => RegExp.escape(value)).join('|');
  // Not the codes at the begin, which a short username may equal.
  const asWords = new RegExp(`(?<!^|[\\p{L}\\p{N}])(?:${any})(?![\\p{L}\\p{N}]|\\.\\d)`, 'giu');
  return [anyAddress, asWords].map((each) => [each, '[recipient]']);
}

/** Writes a mail. What the company has of its own goes before what the installation has. */
function write(mail: DueMail, password: string, { from, ...installation }: Installation): Omit<Message, 'messageId'> {
  const { name, email, companyName } = mail;
  const replyTo = (mail.replyTo === null ? null : readMailAddress(mail.replyTo)) ?? installation.replyTo;
  const content = passwordMail({
    ...mail,
    password,
    locale: mail.locale ?? installation.locale,
    signInUrl: mail.signInUrl ?? installation.signInUrl,
    contact: replyTo?.address ?? null,
  });
  return { from: senderFor(companyName, from), to: { name, address: email }, replyTo, ...content };
}

/** The sender with the company in its name. The address stays: the mail server signs for its domain only. */
function senderFor(companyName: string, { name, address }: MailAddress): MailAddress {
  return { name: name === '' || name === companyName ? companyName : `${companyName} via ${name}`, address };
}

function failureOf(error: unknown) {
  if (!(error instanceof DeliveryFailure)) return { kind: 'failed' } as const;
  if (error.of === 'recipient') return { kind: 'refused for good' } as const;
  if (error.quota) return { kind: 'limited', certainty: error.certainty, ...error.quota } as const;
  return { kind: 'unavailable', certainty: error.certainty } as const;
}
