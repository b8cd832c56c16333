import { randomUUID } from 'node:crypto';
import type { Outbox } from './ports.ts';

const seenEveryMs = 2_000;
/** A process that was not seen for so long no longer counts. */
const aliveMs = 3 * seenEveryMs;
/** Looks at which a newcomer waits: until the next one the others have seen it and closed what is above their share. */
const newcomerLooks = 2;

/** What `makeShare` needs. */
export interface ShareNeeds {
  outbox: Pick<Outbox<never>, 'join' | 'leave'>;
  /** The connections of all processes together. */
  connections: number;
  /** Called when the share has changed. */
  onChange: () => void;
  onError: (error: unknown) => void;
}

/** The connections that this process may use. */
export interface Share {
  /** Returns how many; 0 before it is known, and where more processes than connections deliver. */
  connections(): number;
  /** Resolves once the share was asked for. */
  known: Promise<void>;
  /** Leaves the share to the others. */
  stop(): Promise<void>;
}

/**
 * Makes this process's equal share of the connections. A process that joins others begins when they have made room, so
 * that together they are never over the limit; one that died frees its share after some seconds.
 */
export function makeShare({ outbox, connections, onChange, onError }: ShareNeeds): Share {
  const id = randomUUID();
  let share = 0;
  let looks = 0;
  let isNewcomer = false;
  let stopped = false;
  let failures = 0;

  async function look(): Promise<void> {
    try {
      const { position, count } = await outbox.join(id, aliveMs);
      failures = 0;
      if (++looks === 1) isNewcomer = count > 1;
      if (isNewcomer && looks <= newcomerLooks) return;
      const before = share;
      share = Math.floor(connections / count) + (position < connections % count ? 1 : 0);
      if (share !== before) onChange();
    } catch (error) {
      // One that fails at the start is the start's own failure, or is over soon.
      if (!stopped && failures++ > 0) onError(error);
    }
  }

  const known = look();
  let looking = known;
  const timer = setInterval(() => (looking = look()), seenEveryMs).unref();
  return {
    connections: () => share,
    known,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
      await outbox.leave(id).catch(() => undefined);
    },
  };
}
