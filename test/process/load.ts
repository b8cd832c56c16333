import { Agent as PlainAgent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { userOf } from './program.ts';

export interface Tally {
  /** Answers by status. */
  answered: Map<number, number>;
  /** Requests that got no whole answer, though a connection for them was taken; what the client saw. */
  cut: string[];
  /** The serials of the users that were created. */
  serials: string[];
}

/** Where users are created. */
interface Target {
  port: number;
  token: string;
  /** Of two loads on one database each has a number of its own. */
  series?: number;
  isTls?: boolean;
}

type Outcome = { status: number; serial?: string } | { error: string };

/** Creates users until nobody takes a connection any more. */
export function loadUntilRefused(port: number, token: string, clients: number): Promise<Tally> {
  return loadUntil((outcome) => 'error' in outcome && outcome.error === 'ECONNREFUSED', { port, token }, clients);
}

/**
 * Creates users until `isOver` says so of an outcome, which is not counted: `clients` with kept connections and as many
 * that open one for each request, some of them idle between two requests.
 */
export async function loadUntil(
  isOver: (outcome: Outcome) => boolean,
  { port, token, series = 0, isTls = false }: Target,
  clients: number,
): Promise<Tally> {
  const tally: Tally = { answered: new Map(), cut: [], serials: [] };
  const options = { keepAlive: true, maxSockets: clients };
  const agent = isTls ? new TlsAgent(options) : new PlainAgent(options);
  const send = isTls ? tlsRequest : plainRequest;
  let created = 0;

  const create = (keepAlive: boolean): Promise<Outcome> =>
    new Promise((resolve) => {
      const number = `${series}${String(created++).padStart(7, '0')}`;
      const body = JSON.stringify(userOf(`L${number}`, { email: null, phone: `62811${number}` }));
      const fail = (error: string): void => resolve({ error });
      const call: ClientRequest = send({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        method: 'POST',
        path: created % 2 ? '/ruangkerja/users' : '/ruangkerja/users?x',
        agent: keepAlive ? agent : false,
        headers: {
          Authorization: token,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
      });
      call.on('response', (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
        response.on('end', () => {
          if (!response.complete) return fail('half an answer');
          const status = response.statusCode!;
          resolve(status === 200 ? { status, serial: JSON.parse(text).data.serial } : { status });
        });
        response.on('error', () => fail('half an answer'));
      });
      call.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
      call.end(body);
    });

  async function client(index: number): Promise<void> {
    for (;;) {
      const outcome = await create(index % 2 === 0);
      if (isOver(outcome)) return;
      if ('error' in outcome) tally.cut.push(outcome.error);
      else tally.answered.set(outcome.status, (tally.answered.get(outcome.status) ?? 0) + 1);
      if ('serial' in outcome) tally.serials.push(outcome.serial!);
      if (index % 8 > 4) await sleep(5 * (index % 5));
    }
  }

  await Promise.all(Array.from({ length: 2 * clients }, (_, index) => client(index)));
  agent.destroy();
  return tally;
}
