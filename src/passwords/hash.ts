import { hash, hashSync, type Options } from '@node-rs/argon2';
import { unavailable } from '../errors/error-dictionary.ts';

/**
 * OWASP Password Storage Cheat Sheet: argon2id with m=19456 KiB, t=2, p=1. The algorithm and p=1 are the library's defaults: told
 * a parallelism, it reads the control group's files at every hash, which takes longer than a fast one.
 */
const full: Options = { memoryCost: 19_456, timeCost: 2 };
/** The smallest argon2id: 128 random bits can't be guessed however fast the hash is (NIST SP 800-63B-4, look-up secrets). */
const fast: Options = { memoryCost: 8, timeCost: 1 };

/** Who waits for a hash: lanes take turns. A patient one waits however long the queue is, and must not have many in it. */
interface Lane {
  name: string;
  patient: boolean;
}

/** Single creations and batches of a client take turns too. */
export function laneOf(clientId: string, users: number): Lane {
  return users > 1 ? { name: `${clientId} batch`, patient: true } : { name: clientId, patient: false };
}

export interface Hasher {
  /** Throws 503 when a hash in this lane would be refused now: asked before any other work for it is done. */
  admit(password: 'chosen' | 'generated', lane: Lane): void;
  /** PHC string of a password that somebody chose; 503 when the queue is full. */
  chosen(password: string, lane: Lane): Promise<string>;
  /** PHC string of a password that the gateway generated. */
  generated(password: string, lane: Lane): Promise<string>;
  /** Whether more hashes are wanted than a batch has under way. */
  isBusy(): boolean;
  /** Hashes that a batch has under way at once. */
  concurrency: number;
}

export interface HasherOptions {
  /** Hashes that the machine runs at once. */
  threads: number;
  /** Hashes handed to the thread pool at once: the others wait inside of it. */
  underWay?: number;
  /** So many of a crowd go on together when their hashes are done. */
  together?: number;
  generatedPasswordHash: 'fast' | 'full';
  argon2?: typeof hash;
  isStopping?: () => boolean;
  /** Called while somebody waits for a hash. */
  pause?: (() => void) | undefined;
}

/**
 * Hashes at most `underWay` passwords at once. The queue holds 256 or one second of work, whichever is more:
 * beyond it a caller is better served by a 503 now than by an answer that its time-out no longer waits for.
 */
export function makeHasher(options: HasherOptions): Hasher {
  const {
    argon2 = hash,
    threads,
    underWay = threads,
    together = 10,
    isStopping = () => false,
    pause = () => undefined,
  } = options;
  const concurrency = Math.min(underWay, 2 * threads);
  /** Of each lane those that wait; the lane whose turn it is stands first. */
  const lanes = new Map<string, (() => void)[]>();
  /** Those whose hashes are done and who go on together. */
  const done: (() => void)[] = [];
  let waiting = 0;
  let running = 0;
  /** Of one thread. */
  let millisecondsPerHash = 10;

  function turn({ name, patient }: Lane): Promise<void> | undefined {
    // A batch may need longer than a stop waits for: it answers what it has made.
    if (patient && isStopping()) throw unavailable('the gateway is stopping');
    if (running < underWay) {
      running++;
      return undefined;
    }
    if (!patient) refuseIfFull(name);
    waiting++;
    return new Promise((resolve) => {
      const lane = lanes.get(name);
      if (lane) lane.push(resolve);
      else lanes.set(name, [resolve]);
    });
  }

  /**
   * Each lane has an equal part of the queue, so that nobody is refused because of somebody else's crowd. Those that filled it
   * before others came still wait: with them it is two queues at most, and one more for each newcomer.
   */
  function refuseIfFull(name: string): void {
    const own = lanes.get(name)?.length ?? 0;
    const queue = Math.max(256, (1000 * threads) / millisecondsPerHash);
    if (own >= queue / (lanes.size + Number(own === 0)) || (own > 0 && waiting >= 2 * queue)) {
      pause();
      throw unavailable('more passwords wait to be hashed than this machine can hash in a second');
    }
  }

  function passOn(): void {
    const [first] = lanes;
    if (!first) {
      running--;
      return;
    }
    pause();
    const [name, lane] = first;
    const next = lane.shift()!;
    lanes.delete(name);
    if (lane.length > 0) lanes.set(name, lane);
    waiting--;
    next();
  }

  /**
   * Who goes on together shares a commit and finds the caches of a core warm, which hashes empty. Only those of a crowd are
   * held for it: a client with nobody behind goes on at once, and so does a batch, whose next hashes wait for those that are
   * done. Nobody is left behind: as long as somebody waits, more hashes are under way.
   */
  function goOn({ name, patient }: Lane): Promise<void> | undefined {
    if (lanes.has(name) && !patient && done.length + 1 < together) return new Promise((resolve) => done.push(resolve));
    for (const other of done.splice(0)) other();
    return undefined;
  }

  async function chosen(password: string, lane: Lane): Promise<string> {
    const itsTurn = turn(lane);
    if (itsTurn) await itsTurn;
    const begun = performance.now();
    const rounds = Math.max(1, running / threads);
    try {
      return await argon2(password.normalize('NFKC'), full);
    } finally {
      millisecondsPerHash += ((performance.now() - begun) / rounds - millisecondsPerHash) / 16;
      passOn();
      await goOn(lane);
    }
  }

  const isFree = (password: 'chosen' | 'generated'): boolean =>
    password === 'generated' && options.generatedPasswordHash === 'fast';
  return {
    admit: (password, { name }) => isFree(password) || refuseIfFull(name),
    chosen,
    // About 15 microseconds on the event loop; the thread pool is left to those that take milliseconds.
    generated: options.generatedPasswordHash === 'full' ? chosen : async (password) => hashSync(password, fast),
    isBusy: () => running + waiting > concurrency,
    concurrency,
  };
}
