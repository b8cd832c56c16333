import type { Caller } from '../../../access/ports.ts';
import type { Exchange } from '../../http/exchange.ts';

/** What the server knows of a request before its document is read. */
export interface ServerContext {
  exchange: Exchange;
  /** Looks the token up at the first call; null without a valid token. */
  caller: () => Promise<Caller | null>;
  /** The header `Idempotency-Key`; null without it. */
  idempotencyKey: string | null;
  /** True when the schema is for clients only and this request has no valid token. */
  isStranger: boolean;
}
