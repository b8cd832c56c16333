import { spawnSync } from 'node:child_process';

const isMissing = spawnSync('promtool', ['--version']).error !== undefined;
/** Whether tests that need promtool are skipped; with REQUIRE_TOOLS they fail. */
export const skipsPromtool = isMissing && !process.env['REQUIRE_TOOLS'];
if (skipsPromtool) console.warn("skipped: promtool is not installed (Debian's package prometheus has it)");

/** Runs promtool; its output if it has any complaint, else an empty text. */
export function promtool(args: string[], options: { cwd?: string; input?: string } = {}): string {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, { ...options, encoding: 'utf8' });
  if (error) throw error;
  return status === 0 && stderr === '' ? '' : `${stdout}${stderr}`;
}
