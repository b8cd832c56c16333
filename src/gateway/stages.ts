/** Runs a piece of work and watches it. */
export type Around = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The stages of a creation that metrics and traces watch from outside. A stage that nobody watches costs nothing: its
 * function stays as it is.
 */
export interface Stages {
  /** The look-up of conflicts. */
  lookUp?: Around | undefined;
  /** A hash that passes the queue, and its wait there. */
  hash?: Around | undefined;
  /** A hash at the smallest cost, which takes microseconds. */
  fastHash?: Around | undefined;
  /** From the entries handed to the store to the end of their transaction. */
  commit?: Around | undefined;
}

/** Puts the watchers of both around each stage, the first one outside. */
export function bothStages(outer: Stages, inner: Stages): Stages {
  return {
    lookUp: both(outer.lookUp, inner.lookUp),
    hash: both(outer.hash, inner.hash),
    fastHash: both(outer.fastHash, inner.fastHash),
    commit: both(outer.commit, inner.commit),
  };
}

function both(outer: Around | undefined, inner: Around | undefined): Around | undefined {
  return outer && inner ? (work) => outer(() => inner(work)) : (outer ?? inner);
}

/** Puts a watcher around a function; without one the function stays as it is. */
export function around<Arguments extends unknown[], T>(
  watch: Around | undefined,
  call: (...given: Arguments) => Promise<T>,
): (...given: Arguments) => Promise<T> {
  return watch ? (...given) => watch(() => call(...given)) : call;
}
