import { connect, type Socket } from 'node:net';

/**
 * The load: a process of its own, so that it takes no time of the gateway's core. Speaks HTTP/1.1 over bare sockets,
 * one request at a time on each: node's own client costs more than the gateway's answer. Takes a `Load`, answers a
 * `Measured`.
 */
export interface Load {
  /** Connections are spread over them. */
  ports: readonly number[];
  path: string;
  headers: Record<string, string>;
  /** In it `########` is a number of eight digits, another for each request. */
  body: string;
  /** The first of those numbers. */
  from: number;
  connections: number;
  /** It ends after this time, or after so many answers. */
  seconds: number;
  most?: number;
  /** Requests a second, as far as the connections reach; else each connection asks as soon as it was answered. */
  rate?: number;
  /** Every answer contains it; with `refusals`, an answer of 503 or 429 instead of it is counted there. */
  expected: string;
  refusals?: boolean;
}

export interface Measured {
  perSecond: number;
  answers: number;
  refused: number;
  /** Milliseconds: of the answers, and of the refusals. */
  p50: number;
  p99: number;
  refusedP99: number;
  /** The number after the last one used. */
  next: number;
}

process.on('message', (load: Load) => {
  void run(load).then(
    (measured) => process.send!(measured),
    (error: Error) => process.send!({ error: error.message }),
  );
});

async function run({
  ports,
  path,
  headers,
  body,
  from,
  connections,
  seconds,
  most = Infinity,
  rate = Infinity,
  expected,
  refusals = false,
}: Load): Promise<Measured> {
  const pieces = body.split('########');
  const length = Buffer.byteLength(pieces.join('12345678'));
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
  let next = from;
  const took: number[] = [];
  const refused: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  const later = makeSchedule();
  await Promise.all(
    Array.from({ length: connections }, (_, n) =>
      speak(
        ports[n % ports.length]!,
        () => {
          const at = rate === Infinity ? 0 : begun + ((next - from) * 1_000) / rate;
          if (Math.max(performance.now(), at) >= end || next - from >= most) return null;
          return { at, text: head + pieces.join(String(next++).padStart(8, '0')) };
        },
        (answer, milliseconds) => {
          if (answer.includes(expected)) took.push(milliseconds);
          else if (refusals && /^HTTP\/1.1 (503|429)/.test(answer)) refused.push(milliseconds);
          else throw new Error(answer);
        },
        later,
      ),
    ),
  );
  const elapsed = (performance.now() - begun) / 1_000;
  return {
    perSecond: took.length / elapsed,
    answers: took.length,
    refused: refused.length,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    refusedP99: quantile(refused, 0.99),
    next,
  };
}

/** One connection: sends what `ask` gives, when it is time, until it gives null. */
function speak(
  port: number,
  ask: () => { at: number; text: string } | null,
  answered: (answer: string, milliseconds: number) => void,
  later: ReturnType<typeof makeSchedule>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('utf8');
    let begun = 0;
    let text = '';
    let length = -1;
    const send = (): void => {
      const request = ask();
      if (request === null) {
        socket.destroy();
        resolve();
        return;
      }
      if (request.at > performance.now()) later(request.at, () => write(request.text));
      else write(request.text);
    };
    const write = (request: string): void => {
      begun = performance.now();
      socket.write(request);
    };
    socket
      .on('connect', send)
      .on('error', reject)
      .on('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (chunk: string) => {
      text = text === '' ? chunk : text + chunk;
      if (length < 0) {
        const head = text.indexOf('\r\n\r\n');
        if (head < 0) return;
        const announced = Number(/content-length: (\d+)/i.exec(text)?.[1]);
        if (Number.isNaN(announced)) return reject(new Error(`an answer without length: ${text}`));
        length = head + 4 + announced;
      }
      if (text.length < length && Buffer.byteLength(text) < length) return;
      const answer = text;
      text = '';
      length = -1;
      try {
        answered(answer, performance.now() - begun);
      } catch (error) {
        socket.destroy();
        reject(error as Error);
        return;
      }
      send();
    });
  });
}

/**
 * Runs what is planned, each call for a later time than the one before. It sleeps 5 ms between two turns: the load
 * shares its core with the hashes, and takes a fifth less of it when it sends and reads in fewer goes. So requests come
 * in small bursts, and what it measures is 5 ms longer.
 */
function makeSchedule() {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  const planned: { at: number; run: () => void }[] = [];
  function turn(): void {
    Atomics.wait(asleep, 0, 0, 5);
    while (planned[0] && planned[0].at <= performance.now()) planned.shift()!.run();
    if (planned.length > 0) setImmediate(turn);
  }
  return (at: number, run: () => void): void => {
    if (planned.push({ at, run }) === 1) setImmediate(turn);
  };
}

function quantile(times: number[], part: number): number {
  return times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
}
