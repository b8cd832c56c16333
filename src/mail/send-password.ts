import { describeError } from '../outbox/describe-error.ts';
import type { DeliveryKind } from '../outbox/kind.ts';
import { passwordMail } from './password-mail.ts';
import { DeliveryFailure, type DueMail, type Locale, type Transport } from './ports.ts';
import type { Sealer } from './seal.ts';

/** What `makeSendPassword` needs. */
export interface SendPasswordNeeds {
  transport: Transport;
  sealer: Pick<Sealer, 'open'>;
  /** The domain of MAIL_FROM: the right part of each Message-ID. */
  domain: string;
  /** The language for companies that set none. */
  locale: Locale;
}

/** Makes the function that opens the sealed password of a mail, writes the mail and hands it to the transport. */
export function makeSendPassword(needs: SendPasswordNeeds): DeliveryKind<DueMail>['send'] {
  const { transport, sealer, domain, locale } = needs;
  return async (mail, signal, onPhase) => {
    const password = sealer.open(mail.id, mail.userSerial, mail.sealed);
    if (password === null) {
      const error = 'the sealed password was changed: the SECRET_KEY that sealed it does not open it';
      return { kind: 'unreadable', error };
    }
    try {
      const content = passwordMail({ ...mail, password, locale: mail.locale ?? locale });
      const to = { name: mail.name, address: mail.email };
      await transport({ messageId: `${mail.id}@${domain}`, to, ...content }, signal, onPhase);
      return { kind: 'accepted' };
    } catch (caught) {
      const error = describeError(caught, [
        [password, '[password]'],
        [mail.email, '[recipient]'],
      ]);
      return { ...failureOf(caught), error };
    }
  };
}

function failureOf(error: unknown) {
  if (!(error instanceof DeliveryFailure)) return { kind: 'failed' } as const;
  if (error.of === 'recipient') return { kind: 'refused for good' } as const;
  return { kind: 'unavailable', certainty: error.certainty } as const;
}
