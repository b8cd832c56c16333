import { Agent, request } from 'node:http';
import { userOf } from './program.ts';

export interface Tally {
  /** Answers by status. */
  answered: Map<number, number>;
  /** Requests that got no whole answer, though a connection for them was taken; what the client saw. */
  cut: string[];
}

/**
 * Creates users until nobody takes a connection any more: `clients` with kept connections and as many that open one for each request,
 * some of them idle between two requests.
 */
export async function loadUntilRefused(port: number, token: string, clients: number): Promise<Tally> {
  const tally: Tally = { answered: new Map(), cut: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let created = 0;

  const create = (keepAlive: boolean): Promise<number | string> =>
    new Promise((resolve) => {
      const body = JSON.stringify(
        userOf(`L${process.pid}n${created++}`, { email: null, phone: `62811${1e7 + created}` }),
      );
      const call = request(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: created % 2 ? '/ruangkerja/users' : '/ruangkerja/users?x',
          agent: keepAlive ? agent : false,
          headers: {
            Authorization: token,
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(body),
          },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.complete ? response.statusCode! : 'half an answer'));
          response.on('error', () => resolve('half an answer'));
        },
      );
      call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      call.end(body);
    });

  async function client(index: number): Promise<void> {
    for (;;) {
      const outcome = await create(index % 2 === 0);
      if (outcome === 'ECONNREFUSED') return;
      if (typeof outcome === 'number') tally.answered.set(outcome, (tally.answered.get(outcome) ?? 0) + 1);
      else tally.cut.push(outcome);
      if (index % 8 > 4) await new Promise((resolve) => setTimeout(resolve, 5 * (index % 5)));
    }
  }

  await Promise.all(Array.from({ length: 2 * clients }, (_, index) => client(index)));
  agent.destroy();
  return tally;
}
