import { createHmac, hkdfSync, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../errors/error-dictionary.ts';
import type { Problem } from './fields.ts';
import type { Hold, IdempotencyStore, Progress } from './ports.ts';

/** Milliseconds. */
const lease = 30_000;
const renewAfter = 10_000;
const keep = 24 * 3_600_000;
/** How long an answer waits for the end of its hold: where the database fell silent, a 503 has waited for it already. */
const releasePatience = 250;

/** What became of one input: the serial of its user, what is wrong with it, or null for not yet known. */
export type Settled = string | [Problem, ...Problem[]] | null;

export type BeginOutcome =
  | { reservation: Reservation; settled: Settled[] | null }
  | { replay: Settled[] }
  | { refused: 'IDEMPOTENCY_KEY_REUSED' | 'IDEMPOTENCY_KEY_IN_USE' };

/** A key held for one call. */
export interface Reservation {
  hold: Hold;
  /** Called on the way of a long call: prolongs the lease when it is time. Throws `LostHold`. */
  prolong(): Promise<void>;
  /** Writes what is settled, outside of a creation. Throws `LostHold`. */
  note(settled: readonly Settled[]): Promise<void>;
  /** Ends the hold. Where nothing was created, the key is free again. */
  release(): Promise<void>;
}

/** Another call took the key over: this one must write nothing more. */
export class LostHold extends Error {}

export type Idempotency = ReturnType<typeof makeIdempotency>;

/**
 * Keys and what came of their requests, kept for 24 hours: the same request again gets the first result. Requests are
 * compared by an HMAC under a sub-key of the secret key, so that no password can be guessed from the database.
 */
export function makeIdempotency({ store, secretKeys }: { store: IdempotencyStore; secretKeys: readonly Buffer[] }) {
  const keys = secretKeys.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'ruangkerja idempotency v1', 32)));

  function reservationOf(hold: Hold): Reservation {
    let renewed = performance.now();
    return {
      hold,
      async prolong() {
        if (performance.now() - renewed < renewAfter) return;
        if (!(await store.renew(hold, lease))) throw new LostHold();
        renewed = performance.now();
      },
      async note(settled) {
        if (!(await store.note(hold, progressOf(settled)))) throw new LostHold();
      },
      async release() {
        // When a database that is away is back, the key is free at once.
        const released = store.release(hold).catch(() => void releaseLater(hold, performance.now() + lease));
        await Promise.race([released, sleep(releasePatience, undefined, { ref: false })]);
      },
    };
  }

  async function releaseLater(hold: Hold, until: number): Promise<void> {
    while (performance.now() < until) {
      await sleep(500, undefined, { ref: false });
      const released = await store.release(hold).then(
        () => true,
        () => false,
      );
      if (released) return;
    }
  }

  return {
    /** `request` is the operation and its normalised input. What an earlier call, which died on the way, has settled, is handed over. */
    async begin(clientId: string, key: string, request: unknown): Promise<BeginOutcome> {
      const text = JSON.stringify(request);
      const hold = { clientId, key, holder: randomUUID() };
      const found = await store.reserve(
        hold,
        keys.map((secret) => createHmac('sha256', secret).update(text).digest()),
        lease,
        keep,
      );
      if (found.outcome === 'reserved')
        return { reservation: reservationOf(hold), settled: found.results && JSON.parse(found.results) };
      if (found.outcome === 'completed') return { replay: JSON.parse(found.results) };
      return { refused: found.outcome === 'reused' ? 'IDEMPOTENCY_KEY_REUSED' : 'IDEMPOTENCY_KEY_IN_USE' };
    },
    /** Deletes at most `limit` records whose 24 hours are over; answers how many. */
    deleteOld: (limit: number): Promise<number> => store.deleteOld(keep, limit),
  };
}

export function progressOf(settled: readonly Settled[]): Progress {
  return { results: JSON.stringify(settled), completed: !settled.includes(null) };
}

/** 1 to 255 visible ASCII characters; throws 400. */
export function checkIdempotencyKey(given: string): string {
  if (!/^[\x21-\x7e]{1,255}$/.test(given))
    throw new Refusal('BAD_REQUEST', 'an idempotency key has 1 to 255 visible ASCII characters');
  return given;
}
