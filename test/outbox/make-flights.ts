import type { Flight } from '../../src/outbox/kind.ts';
import type { DueDelivery } from '../../src/outbox/ports.ts';

/** First attempts in flight, with ids and times from 0; `over` replaces what each of them has. */
export function makeFlights(count: number, over: Partial<Flight<DueDelivery>> = {}): Flight<DueDelivery>[] {
  return Array.from({ length: count }, (_, i) => ({
    due: {
      id: String(i),
      userSerial: 'USR1',
      attempts: 1,
      createdAt: new Date(0),
      sealed: { keyId: 'key', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(16) },
    },
    first: true,
    isProbe: false,
    begunAt: i,
    sendingAt: i,
    phase: 'sending',
    isOver: false,
    abort: new AbortController(),
    ...over,
  }));
}
