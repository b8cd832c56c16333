/** Writes bytes somewhere without blocking, and calls `done` once with the bytes that an error left over. */
export type Sink = (bytes: Buffer, done: (left: Buffer) => void) => void;

/** The limits of a log buffer. */
export interface LogBufferOptions {
  /** Bytes that may wait, those that the sink is writing included. */
  maxBytes?: number;
  /** The pause after an error of the sink. */
  retryMs?: number;
  /** Returns the line that reports how many lines were dropped. */
  reportDropped: (lines: number) => string;
}

const nothing = Buffer.alloc(0);

/**
 * Makes a buffer that keeps log lines until the sink takes them. The lines of one iteration of the event loop go in one
 * write (docs/decisions/0060). When nobody reads, or the disk is full, lines above `maxBytes` are dropped and counted;
 * the count is logged as soon as there is room.
 */
export function makeLogBuffer(sink: Sink, { maxBytes = 1_048_576, retryMs = 1_000, reportDropped }: LogBufferOptions) {
  /** Left over by the sink; written first. */
  let left: Buffer = nothing;
  let lines = '';
  let bufferedBytes = 0;
  let dropped = 0;
  let isWriting = false;
  let next: NodeJS.Immediate | NodeJS.Timeout | undefined;
  let emptied = (): void => {};

  function flush(): void {
    next = undefined;
    if (dropped > 0 && left.length === 0) {
      lines += reportDropped(dropped);
      dropped = 0;
    }
    if (lines === '' && left.length === 0) return;
    const bytes = left.length === 0 ? Buffer.from(lines) : Buffer.concat([left, Buffer.from(lines)]);
    [lines, left, isWriting, bufferedBytes] = ['', nothing, true, bytes.length];
    sink(bytes, (rest) => {
      isWriting = false;
      left = rest;
      bufferedBytes += rest.length - bytes.length;
      if (rest.length > 0) next = setTimeout(flush, retryMs).unref();
      else if (bufferedBytes > 0 || dropped > 0) next ??= setImmediate(flush);
      else emptied();
    });
  }

  return {
    /** Takes one line with its line end. */
    write(line: string): void {
      const bytes = Buffer.byteLength(line);
      if (bufferedBytes + bytes > maxBytes) {
        dropped++;
        return;
      }
      bufferedBytes += bytes;
      lines += line;
      if (!isWriting) next ??= setImmediate(flush);
    },
    /** Gives everything to the sink now, because the process ends. */
    flush,
    /** Resolves when the sink has taken everything, and after `maxWaitMs` at the latest. */
    drained: (maxWaitMs: number): Promise<void> =>
      new Promise((resolve) => {
        if (bufferedBytes === 0 && dropped === 0) return resolve();
        const timer = setTimeout(resolve, maxWaitMs);
        emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
