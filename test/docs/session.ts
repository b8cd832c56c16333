import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { launch } from '../process/program.ts';
import type { Learned } from './compare.ts';
import { root } from './pages.ts';

export interface Session {
  /** Placeholders of the pages and their real values; comparing answers adds to it. */
  learned: Learned;
  /** Runs a block as a reader does who copies it into a shell in the folder of the project. Throws on another exit code. */
  shell(text: string): Promise<string>;
  /** Runs a block as a program, with the shell variables of the page in its environment. */
  program(text: string): Promise<string>;
  /** Sends an operation with the access token of the banner. */
  graphql(query: string, variables?: unknown): Promise<unknown>;
  /** The call that the banner shows. */
  curl: string;
  /** The lines that the gateway logged. */
  log(): Record<string, unknown>[];
  close(): Promise<void>;
}

/** `npx gateway …` and `npm run --silent gateway -- …` without npm, in the folder of the test, on its database. */
const npm = `npm() {
  [ "$1 $2 $3 $4" = 'run --silent gateway --' ] || { echo "no test runs: npm $*" >&2; return 99; }
  shift 3
  npx "$@"
}
npx() {
  shift
  '${process.execPath}' --import '${join(root, 'src/preload.ts')}' '${join(root, 'src/cli/main.ts')}' "$@"
}`;

/** The real program in development, from source, on a free port, in a folder of its own, and a shell beside it. */
export async function openSession(): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-docs-'));
  const gateway = launch(folder, {}, ['--json']);
  async function close(): Promise<void> {
    gateway.child.kill();
    await gateway.ended;
    rmSync(folder, { recursive: true });
  }
  const started = vi.waitFor(gateway.json, { timeout: 60_000, interval: 50 });
  const { clientID, clientSecret, accessToken, graphiql, curl } = await started.catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const url = new URL(graphiql).origin;
  const learned: Learned = new Map([
    ['http://127.0.0.1:4000', url],
    ['https://gateway.example.com', url],
    ['the access token of the banner', accessToken],
    ['the client ID of the banner', clientID],
    ['the client secret of the banner', clientSecret],
  ]);
  const real = (text: string): string =>
    [...learned].reduce((changed, [documented, value]) => changed.replaceAll(documented, value), text);
  /** Of the blocks before: later ones use their variables, as in one shell. */
  const assignments: string[] = [];
  const environment = {
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: folder,
    DATABASE_URL: 'file:data/gateway.db',
  };

  function bash(script: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const expected = Number(/# exit code (\d+)$/m.exec(script)?.[1] ?? 0);
      const whole = `set -euo pipefail\n${npm}\n${real([...assignments, script].join('\n'))}`;
      const child = execFile('bash', ['-c', whole], { cwd: folder, env: environment }, (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        if (code === expected) resolve(stdout);
        else reject(new Error(`exit code ${code} for ${expected}\n${script}\n${stdout}\n${stderr}`));
      });
      // What \`read -rs\` asks a person for.
      child.stdin!.on('error', () => {}).end(`${clientSecret}\n`);
    });
  }

  return {
    learned,
    curl,
    log: gateway.log,
    async shell(text) {
      const output = await bash(text);
      assignments.push(...text.split('\n').filter((line) => /^(?:export )?[A-Z_]+=/.test(line)));
      return output;
    },
    program(text) {
      writeFileSync(join(folder, 'example.ts'), real(text));
      const names = assignments.map((line) => /([A-Z_]+)=/.exec(line)![1]).join(' ');
      return bash(`export ${names} && node example.ts`);
    },
    async graphql(query, variables) {
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { Authorization: accessToken, 'Content-Type': 'application/json' },
        body: real(JSON.stringify({ query, variables })),
      });
      return answer.json();
    },
    close,
  };
}
