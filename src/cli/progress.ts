export interface Progress {
  /** `done` of `total`; called as often as one likes. */
  update(done: number, total: number): void;
  /** Shows where it ended. */
  end(): void;
}

/** Millions of rows with their speed and time left still fit into 80 columns. */
const barWidth = 10;

/**
 * How far a long piece of work came: on a terminal one line that is drawn over, at most ten times a second; else, for a
 * log, a line every ten seconds and at the end. Speed and time left count from the first update, so that work which
 * continues an earlier one does not seem fast.
 */
export function makeProgress(
  label: string,
  unit: string,
  {
    write,
    isTerminal,
    now = () => performance.now(),
  }: { write: (text: string) => void; isTerminal: boolean; now?: () => number },
): Progress {
  const every = isTerminal ? 100 : 10_000;
  let first: { at: number; done: number } | undefined;
  let last = { done: 0, total: 0 };
  let shownAt = -Infinity;
  let shown = '';

  function show(): void {
    const { done, total } = last;
    const seconds = (now() - first!.at) / 1000;
    const rate = seconds > 0 ? (done - first!.done) / seconds : 0;
    const part = total > 0 ? Math.min(1, done / total) : 1;
    const bar = isTerminal ? `[${'#'.repeat(Math.floor(part * barWidth)).padEnd(barWidth)}] ` : '';
    const left = done < total && rate > 0 ? `, ${duration((total - done) / rate)} left` : '';
    const line = `${label}  ${bar}${Math.floor(part * 100)} %  ${whole(done)} of ${whole(total)} ${unit}, ${whole(rate)}/s${left}`;
    if (line === shown) return;
    shown = line;
    // CSI K: the end of a longer line before it goes.
    write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`);
  }

  return {
    update(done, total) {
      last = { done, total };
      first ??= { at: now(), done };
      const soon = isTerminal ? shownAt : Math.max(shownAt, first.at);
      if (now() - soon < every) return;
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

function whole(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** `1:05:09`, `5:09` or `9 s`. */
function duration(seconds: number): string {
  const rest = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
  if (rest < 60) return `${rest} s`;
  const two = (number: number) => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest % 60)}` : `${minutes}:${two(rest % 60)}`;
}
