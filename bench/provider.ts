import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/**
 * A mail server with the limits of a provider, given as JSON in the first argument. It tells its port to the one that
 * started it, and answers `away` by refusing connections, `back` by taking them again, and anything else by its counts.
 */
export interface ProviderLimits {
  perSecond?: number;
  connections?: number;
  perDay?: number;
}

export interface ProviderCounts {
  accepted: number;
  /** Connections and mails. */
  refused: number;
  /** Seconds from the first accepted mail to the last one. */
  seconds: number;
}

const {
  perSecond = Infinity,
  connections = Infinity,
  perDay = Infinity,
} = JSON.parse(process.argv[2] ?? '{}') as ProviderLimits;
const answer = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });
const open = new Set<unknown>();
let times: number[] = [];
let [begun, accepted, refused, first, last] = [0, 0, 0, 0, 0];

const makeServer = () =>
  new SMTPServer({
    authOptional: true,
    logger: false,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onConnect(session, done) {
      if (open.size >= connections) {
        refused++;
        return done(answer(421, '4.3.2 The number of concurrent connections has exceeded a limit'));
      }
      open.add(session.id);
      done();
    },
    onClose: (session) => void open.delete(session.id),
    onMailFrom(_address, _session, done) {
      const now = performance.now();
      times = times.filter((time) => time > now - 1_000);
      const refusal =
        begun >= perDay
          ? answer(550, '5.4.5 Daily user sending limit exceeded')
          : times.length >= perSecond && answer(454, 'Throttling failure: Maximum sending rate exceeded.');
      if (refusal) return (refused++, done(refusal));
      times.push(now);
      begun++;
      done();
    },
    onData(stream, _session, done) {
      stream.resume().on('end', () => {
        last = performance.now();
        first ||= last;
        accepted++;
        done();
      });
    },
  });

let server = makeServer();
server.listen(0, '127.0.0.1');
await once(server.server, 'listening');
const { port } = server.server.address() as AddressInfo;
process.on('message', async (message) => {
  if (message === 'away') await new Promise<void>((resolve) => server.close(resolve));
  if (message === 'back') {
    server = makeServer();
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
  }
  process.send!({ accepted, refused, seconds: (last - first) / 1_000 } satisfies ProviderCounts);
});
process.send!({ port });
