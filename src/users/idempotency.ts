import { createHmac, hkdfSync, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorDictionary, Refusal } from '../errors/error-dictionary.ts';
import type { Problem } from './fields.ts';
import type { ImportUserOutcome, PasswordDelivery, Problems } from './outcome.ts';
import type { FieldName } from './user-fields.ts';
import type { Hold, IdempotencyStore, Progress } from './idempotency-store.ts';

const leaseMs = 30_000;
const renewAfterMs = 10_000;
const keepMs = 24 * 3_600_000;
/** How long an answer waits for the release of its hold: if the database is silent, a 503 has waited long enough. */
const releaseWaitMs = 250;

/**
 * The outcome of one input: the serial of the user that it created, what it did to a user who was there, its problems,
 * or null if it is not known yet.
 */
export type Settled = string | Changed | Problems | null;

/** The user that an input changed, with the names of the changed fields; without one it was as the input says. */
interface Changed {
  serial: string;
  changed: readonly FieldName[];
  passwordDelivery: PasswordDelivery;
}

/** The outcome of the attempt to hold a key. */
export type BeginOutcome =
  /** `settled` comes from an earlier call that died before its end. */
  | { kind: 'reserved'; reservation: Reservation; settled: Settled[] | null }
  | { kind: 'replayed'; settled: Settled[] }
  | { kind: 'refused'; name: 'IDEMPOTENCY_KEY_REUSED' | 'IDEMPOTENCY_KEY_IN_USE' };

/** An idempotency key that one call holds. */
export interface Reservation {
  hold: Hold;
  /** Prolongs the lease when it is time; a long call calls it again and again. Throws `LostHold`. */
  prolong(): Promise<void>;
  /** Writes the settled outcomes outside of a creation. Throws `LostHold`. */
  note(settled: readonly Settled[]): Promise<void>;
  /** Ends the hold. If nothing was created, the key is free again. */
  release(): Promise<void>;
}

/** Says that another call took the key over: this one must write nothing more. */
export class LostHold extends Error {}

/** The idempotency keys of all clients. */
export type Idempotency = ReturnType<typeof makeIdempotency>;

/**
 * Makes the idempotency keys. A key keeps the outcome of its request for 24 hours: the same request gets the same
 * result. Requests are compared by an HMAC under a sub-key of the secret key, so that no password can be guessed from
 * the database.
 */
export function makeIdempotency({ store, secretKeys }: { store: IdempotencyStore; secretKeys: readonly Buffer[] }) {
  const keys = secretKeys.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'ruangkerja idempotency v1', 32)));

  function reservationOf(hold: Hold): Reservation {
    let renewed = performance.now();
    return {
      hold,
      async prolong() {
        if (performance.now() - renewed < renewAfterMs) return;
        if (!(await store.renew(hold, leaseMs))) throw new LostHold();
        renewed = performance.now();
      },
      async note(settled) {
        if (!(await store.note(hold, progressOf(settled)))) throw new LostHold();
      },
      async release() {
        // The key is free as soon as an unreachable database is back.
        const released = store.release(hold).catch(() => void releaseLater(hold, performance.now() + leaseMs));
        await Promise.race([released, sleep(releaseWaitMs, undefined, { ref: false })]);
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
    /**
     * Holds the key for a call, unless its request already runs or is complete.
     * @param request the operation and its normalised input
     */
    async begin(clientId: string, key: string, request: unknown): Promise<BeginOutcome> {
      const text = JSON.stringify(request);
      const hold = { clientId, key, holder: randomUUID() };
      const reserved = await store.reserve(
        hold,
        keys.map((secret) => createHmac('sha256', secret).update(text).digest()),
        leaseMs,
        keepMs,
      );
      if (reserved.kind === 'reserved')
        return {
          kind: 'reserved',
          reservation: reservationOf(hold),
          settled: reserved.results && JSON.parse(reserved.results),
        };
      if (reserved.kind === 'completed') return { kind: 'replayed', settled: JSON.parse(reserved.results) };
      return {
        kind: 'refused',
        name: reserved.kind === 'reused' ? 'IDEMPOTENCY_KEY_REUSED' : 'IDEMPOTENCY_KEY_IN_USE',
      };
    },
    /** Deletes at most `limit` records older than 24 hours. @returns how many */
    deleteOld: (limit: number): Promise<number> => store.deleteOld(keepMs, limit),
  };
}

/**
 * Returns what the record keeps of an outcome; null if the input was not tried, so that it is tried again.
 */
export function settledAs(outcome: ImportUserOutcome | null): Settled {
  switch (outcome?.kind) {
    case 'created':
      return outcome.user.serial;
    case 'updated':
      return {
        serial: outcome.user.serial,
        changed: outcome.changed,
        passwordDelivery: outcome.passwordDelivery,
      };
    case 'unchanged':
      return { serial: outcome.user.serial, changed: [], passwordDelivery: 'NONE' };
    case 'refused':
      return outcome.problems.map(withoutValues) as Problems;
    default:
      return null;
  }
}

/** The one problem whose sentence names a value of the user. The record must not keep it: erasing does not reach it. */
export const valueNaming = 'USER_PHONE_INVALID';

function withoutValues(problem: Problem): Problem {
  return problem.name === valueNaming ? { ...problem, detail: errorDictionary[valueNaming].detail } : problem;
}

/** Returns the outcomes of a call in the form of its record. */
export function progressOf(settled: readonly Settled[]): Progress {
  return { results: JSON.stringify(settled), completed: !settled.includes(null) };
}

/** How the keys of an import's calls begin. The metrics count its users by themselves; nothing else depends on it. */
export const importKeyPrefix = 'import:';

/** Whether a key is that of an import's call. */
export const isImportKey = (key: string | null | undefined): boolean => key?.startsWith(importKeyPrefix) ?? false;

/** Checks the form of a key, 1 to 255 visible ASCII characters, and returns it. Throws 400. */
export function checkIdempotencyKey(key: string): string {
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Refusal('BAD_REQUEST', 'an idempotency key has 1 to 255 visible ASCII characters');
  return key;
}
