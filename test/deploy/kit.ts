import { spawnSync } from 'node:child_process';

/** Whether a test is skipped, with a line that says so: the tool is not there, and nobody demands it. */
export function skipsWithout(tool: string): boolean {
  const isThere = spawnSync('sh', ['-c', `command -v ${tool}`], { env: { PATH: toolPath } }).status === 0;
  if (isThere || process.env['REQUIRE_TOOLS']) return false;
  console.warn(`skipped: ${tool} is not installed`);
  return true;
}

/** Debian keeps servers in folders that an ordinary user's PATH lacks. */
export const toolPath = `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`;
