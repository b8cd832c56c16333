import { type Delivery, makeDelivery } from '../outbox/delivery.ts';
import type { DeliveryKind } from '../outbox/kind.ts';
import type { DeliveryLimits, Log, Outbox } from '../outbox/ports.ts';
import { makeMailPolicy } from './mail-policy.ts';
import type { DueMail } from './ports.ts';
import type { Sealer } from './seal.ts';
import { makeSendPassword, type SendPasswordNeeds } from './send-password.ts';

/** Makes one attempt to send a mail; see `DeliveryKind`. */
export type SendMail = DeliveryKind<DueMail>['send'];

/** What `makeMailDelivery` needs. */
export interface MailDeliveryNeeds extends SendPasswordNeeds {
  outbox: Outbox<DueMail>;
  sealer: Pick<Sealer, 'keyIds' | 'open'>;
  /** Connections to the mail server at once, of all processes together; default 16. */
  connections?: number;
  /** The limits of the mail provider; default none. */
  limits?: DeliveryLimits;
  /** Whether creations wait for the processor: the delivery then yields to them. Default never. */
  isBusy?: () => boolean;
  /** Watches each attempt to send, for metrics and traces. */
  watchSend?: ((send: SendMail) => SendMail) | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
  log: Log;
}

/** Starts the delivery of the password mails. Mails that none of the sealer's keys opens wait. */
export function makeMailDelivery({
  outbox,
  connections,
  limits,
  isBusy = () => false,
  watchSend = (send) => send,
  now,
  log,
  ...needs
}: MailDeliveryNeeds): Delivery {
  const kind = {
    noun: 'mail',
    keyIds: needs.sealer.keyIds,
    send: watchSend(makeSendPassword(needs)),
    policy: makeMailPolicy({ log }),
  };
  return makeDelivery({ outbox, kind, connections, limits, isBusy, now, log });
}
