/** What is known of a disk. `failing`: it cannot be written, and not for a lack of space. */
export type DiskState = 'ok' | 'full' | 'failing';

/** How long a failed write counts: a caller that asks less often may have no write in between. */
const rememberMs = 10_000;

/** Remembers the writes of one database. */
export type Disk = ReturnType<typeof makeDisk>;

/** Makes the memory of what the last writes of a database say of its disk. */
export function makeDisk() {
  let failure: { state: DiskState; at: number } | undefined;
  return {
    wrote: (): void => {
      failure = undefined;
    },
    failed(state: 'full' | 'failing'): void {
      failure = { state, at: performance.now() };
    },
    state: (): DiskState => (failure && performance.now() - failure.at < rememberMs ? failure.state : 'ok'),
  };
}
