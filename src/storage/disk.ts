/** `failing` is a disk that cannot be written for another reason than a lack of room. */
export type DiskState = 'ok' | 'full' | 'failing';

/** How long, in milliseconds, a failed write tells of the disk: who asks more seldom may have no write in between. */
const rememberMs = 10_000;

export type Disk = ReturnType<typeof makeDisk>;

/** What the last writes of a database tell of its disk. */
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
