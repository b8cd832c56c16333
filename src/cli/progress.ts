import { english, type Translate } from '../translate.ts';

/** A progress line. */
export interface Progress {
  /** Notes `done` of `total`; may be called very often. */
  update(done: number, total: number): void;
  /** Shows the final state. */
  end(): void;
}

/** Millions of rows with their speed and time left still fit into 80 columns. */
const barColumns = 10;

/**
 * Makes the progress line of long work. On a terminal it overwrites itself, at most ten times a second; in a log there
 * is a line every ten seconds and at the end. Speed and time left count from the first update, so that work which
 * continues an earlier run does not seem fast.
 */
export function makeProgress(
  label: string,
  unit: string,
  {
    write,
    isTerminal,
    translate = english,
    now = () => performance.now(),
  }: { write: (text: string) => void; isTerminal: boolean; translate?: Translate; now?: () => number },
): Progress {
  const intervalMs = isTerminal ? 100 : 10_000;
  let first: { at: number; done: number } | undefined;
  let last = { done: 0, total: 0 };
  let shownAt = -Infinity;
  let shown = '';

  function show(): void {
    const { done, total } = last;
    const seconds = (now() - first!.at) / 1000;
    const rate = seconds > 0 ? (done - first!.done) / seconds : 0;
    const part = total > 0 ? Math.min(1, done / total) : 1;
    const bar = isTerminal ? `[${'#'.repeat(Math.floor(part * barColumns)).padEnd(barColumns)}] ` : '';
    const left = done < total && rate > 0 ? translate(`, ${duration((total - done) / rate)} left`) : '';
    const counts = translate(`${formatNumber(done)} of ${formatNumber(total)} ${unit}, ${formatNumber(rate)}/s`);
    const line = `${translate(label)}  ${bar}${Math.floor(part * 100)} %  ${counts}${left}`;
    if (line === shown) return;
    shown = line;
    // CSI K erases the rest of a longer line.
    write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`);
  }

  return {
    update(done, total) {
      last = { done, total };
      first ??= { at: now(), done };
      const lastAt = isTerminal ? shownAt : Math.max(shownAt, first.at);
      if (now() - lastAt < intervalMs) return;
      shownAt = now();
      show();
    },
    end() {
      if (!first) return;
      show();
      if (isTerminal) write('\n');
    },
  };
}

function formatNumber(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** Formats a duration: `1:05:09`, `5:09` or `9 s`. */
function duration(seconds: number): string {
  const rest = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
  if (rest < 60) return `${rest} s`;
  const two = (number: number) => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest % 60)}` : `${minutes}:${two(rest % 60)}`;
}
