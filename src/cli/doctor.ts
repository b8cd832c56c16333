import { oneLine } from '../text.ts';
import type { Commands } from './command.ts';

/** Adds `gateway doctor`; it calls `exitWith` with 1 when a check failed. */
export function addDoctor({ gateway, env, translate, command }: Commands, exitWith: (code: number) => void): void {
  const description = 'check the gateway and what it depends on; reads only';
  command(gateway, 'doctor', description, [], async () => {
    const { examine } = await import('../gateway/doctor/examine.ts');
    const checks = await examine({ env });
    const failures = checks.filter(({ status }) => status === 'failed').length;
    if (failures > 0) exitWith(1);
    const say = (text: string): string => translate(oneLine(text));
    const width = Math.max(...(['ok', 'failed', 'skipped'] as const).map((status) => say(status).length));
    const lines = checks.map((finding) => {
      const remedy = finding.status === 'failed' ? `; ${say(finding.remedy)}` : '';
      return `${say(finding.status).padEnd(width)}  ${say(finding.check)}: ${say(finding.detail)}${remedy}`;
    });
    const sum = failures === 0 ? 'Nothing is wrong.' : `${failures} of ${checks.length} checks failed.`;
    return [{ ok: failures === 0, checks }, [...lines, sum].join('\n')];
  });
}
