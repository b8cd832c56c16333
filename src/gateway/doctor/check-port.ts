import { createServer } from 'node:net';
import { describeError } from '../../outbox/describe-error.ts';
import { failed, type Finding, ok } from './finding.ts';

const answerWithinMs = 3_000;

/** A port of the gateway. */
export interface PortNeeds {
  /** The names of the variables. */
  variables: { host: string; port: string };
  host: string;
  port: number;
  /** Asks the program that has the port. */
  ask: (origin: string) => Promise<'ready' | 'not ready' | 'another program'>;
}

/** Checks that a port is free, or that a gateway answers there. */
export async function checkPort({ variables, host, port, ask }: PortNeeds): Promise<Finding> {
  const check = variables.port;
  if (port === 0) return ok(check, 'takes a free port');
  const code = await tryToListen(host, port);
  const where = `${host}:${port}`;
  switch (code) {
    case null:
      return ok(check, `${where} is free`);
    case 'EACCES':
      return failed(check, `${where} is not allowed to this user`, `choose ${check} from 1024 on`);
    case 'EADDRINUSE': {
      const answer = await ask(originOf(host, port)).catch(() => 'another program' as const);
      if (answer === 'ready') return ok(check, `a gateway answers on ${where}`);
      if (answer === 'not ready') {
        const remedy = 'read its /health/ready and its log';
        return failed(check, `the gateway on ${where} is not ready`, remedy);
      }
      return failed(check, `another program uses ${where}`, `stop it, or choose another ${check}`);
    }
    default: {
      const remedy = `${variables.host} must be an address of this machine, e.g. 127.0.0.1`;
      return failed(check, `nothing can listen on ${where} (${code})`, remedy);
    }
  }
}

/** Asks what listens on the gateway's port whether it is a gateway and ready. */
export async function askGateway(origin: string): Promise<'ready' | 'not ready' | 'another program'> {
  const live = await get(`${origin}/health/live`);
  if (!live.headers.has('x-request-id') || !live.headers.get('content-type')?.includes('json'))
    return 'another program';
  return (await get(`${origin}/health/ready`)).ok ? 'ready' : 'not ready';
}

/** Asks what listens on the port of the metrics. */
export async function askMetrics(origin: string): Promise<'ready' | 'another program'> {
  const answer = await get(`${origin}/metrics`);
  return /^ruangkerja_/m.test(await answer.text()) ? 'ready' : 'another program';
}

function get(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(answerWithinMs), redirect: 'manual' });
}

/** @returns the code of the error, or null: the port was free and is free again */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? describeError(error)));
    server.listen({ host, port }, () => server.close(() => resolve(null)));
  });
}

/** Every address of the machine is reached by its loopback address. */
function originOf(host: string, port: number): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
