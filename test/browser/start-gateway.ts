import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inherited, main, node } from '../process/program.ts';

export interface Gateway {
  /** Without a slash at the end. */
  url: string;
  token: string;
  clientID: string;
  clientSecret: string;
  close(): Promise<void>;
}

/** The real program in development, on a free port, in a folder of its own. */
export async function startGateway(): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-browser-'));
  const program = spawn(node[0], [...node.slice(1), main, '--json'], {
    cwd: folder,
    env: { ...inherited, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [banner] = await once(createInterface(program.stdout), 'line');
  const { graphiql, accessToken, clientID, clientSecret } = JSON.parse(banner);
  return {
    url: graphiql.replace(/\/graphql$/, ''),
    token: accessToken,
    clientID,
    clientSecret,
    async close() {
      program.kill();
      await once(program, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
