import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.ts';
import { measureOverload, measureSize } from './extremes.ts';
import { connections, cores } from './load.ts';
import { type Modes, startModes } from './modes.ts';

/**
 * Measures the gateway beside its ceilings in one run, so that the ratios hold on any machine. `--json` prints one JSON
 * value; figures.svg beside this file is drawn anew. Creations have a phone and no email where nothing else is said.
 */
const rounds = 4;
/** Rounds before them, until the compiler has settled. */
const warmUp = 2;
/** A ceiling that varies more between rounds tells of somebody else on the machine. */
const calm = 0.15;

type Name = keyof Modes['modes'];
type Rates = Record<Name, number>;
type Extremes = {
  overload: Awaited<ReturnType<typeof measureOverload>>;
  size: Awaited<ReturnType<typeof measureSize>>;
};

/** What the goals of the README are about. `of` answers the ratio, or the figure, of one round. */
interface Row {
  what: string;
  goal: number;
  /** The goal is the most; else the least. */
  most?: boolean;
  unit?: string;
  values: number[];
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const say = (line: string): void => void (process.argv.includes('--json') || console.log(line));
const begun = performance.now();
const loadBefore = loadavg()[0]!;
try {
  const modes = await startModes(folder);
  const measured: Rates[] = [];
  const delays: number[] = [];
  try {
    for (let round = 1 - warmUp; round <= rounds; round++) {
      const rates = {} as Rates;
      for (const name of Object.keys(modes.modes) as Name[]) {
        if (name === 'given') await modes.eventLoopDelay();
        rates[name] = await modes.modes[name]();
        if (name === 'given' && round > 0) delays.push(await modes.eventLoopDelay());
      }
      if (round > 0) measured.push(rates);
      say(
        `${round > 0 ? `round ${round} of ${rounds}` : 'warm-up'} after ${Math.round((performance.now() - begun) / 1000)} s`,
      );
    }
  } finally {
    await modes.end();
  }
  // By themselves: Postgres tidies up for minutes after a load.
  const overload = await measureOverload(folder, rounds);
  report(measured, delays, { overload, size: await measureSize(folder) });
} finally {
  rmSync(folder, { recursive: true });
}

function report(measured: Rates[], delays: number[], { overload, size }: Extremes): void {
  const each = (ratio: (rates: Rates) => number) => measured.map(ratio);
  const rows: Row[] = [
    { what: 'given password ÷ hashes', goal: 0.9, values: each((r) => r.given / r.hashes) },
    { what: 'given password and a mail each ÷ hashes', goal: 0.75, values: each((r) => r.givenMailed / r.hashes) },
    { what: 'event loop delay p99, given password', goal: 20, most: true, unit: 'ms', values: delays },
    {
      what: 'generated ÷ 1/(1/trivial + 1/inserts)',
      goal: 0.6,
      values: each((r) => r.generated / (1 / (1 / r.trivial + 1 / r.inserts))),
    },
    { what: "generated ÷ the prototype's way", goal: 4, values: each((r) => r.generated / r.prototype) },
    { what: "generated ÷ trivial through Yoga's HTTP layer", goal: 1.2, values: each((r) => r.generated / r.yoga) },
    { what: 'trivial ÷ Mercurius with JIT', goal: 1, values: each((r) => r.trivial / r.mercurius) },
    { what: 'bad token ÷ trivial', goal: 0.9, values: each((r) => r.badToken / r.trivial) },
    { what: 'bad input ÷ trivial', goal: 0.7, values: each((r) => r.badInput / r.trivial) },
    { what: 'duplicate ÷ trivial', goal: 0.5, values: each((r) => r.duplicate / r.trivial) },
    { what: 'createUsers, 1,000 a call ÷ inserts', goal: 0.5, values: each((r) => r.bulk / r.inserts) },
    { what: 'gateway import, 20,000 rows ÷ inserts', goal: 0.5, values: each((r) => r.import / r.inserts) },
    { what: 'overload: created ÷ hashes', goal: 0.8, values: overload.measured.map(({ goodput }) => goodput) },
    {
      what: 'overload: refusal p99',
      goal: 100,
      most: true,
      unit: 'ms',
      values: overload.measured.map(({ refusedP99 }) => refusedP99),
    },
    {
      what: 'overload: memory',
      goal: 350,
      most: true,
      unit: 'MB',
      values: overload.measured.map(({ megabytes }) => megabytes),
    },
    { what: 'p99 five seconds later ÷ before', goal: 1.5, most: true, values: [overload.latencyAfter] },
    { what: 'empty ÷ with 1,000,000 users, generated', goal: 1.2, most: true, values: size.creation },
    { what: 'slowest page of 1,000,000 users', goal: 50, most: true, unit: 'ms', values: [size.slowestPage] },
    { what: 'start with 1,000,000 users', goal: 2_000, most: true, unit: 'ms', values: [size.start] },
  ];
  const spread = (name: Name) =>
    (Math.max(...measured.map((r) => r[name])) - Math.min(...measured.map((r) => r[name]))) /
    median(measured.map((r) => r[name]));
  const noisy = loadBefore > 1 || spread('hashes') > calm || spread('inserts') > calm;
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    measuredOnCore: cores?.measured ?? 'any',
    loadOnCore: cores?.load ?? 'any',
    node: process.version,
    connections,
    noisy,
    seconds: Math.round((performance.now() - begun) / 1000),
  };
  writeFileSync(
    fileURLToPath(new URL('figures.svg', import.meta.url)),
    chart(rows.map(({ what, goal, most, unit, values }) => ({ what, goal, most, unit, value: median(values) }))),
  );

  if (process.argv.includes('--json')) {
    console.log(
      JSON.stringify({
        machine,
        perSecond: Object.fromEntries(
          Object.keys(measured[0]!).map((name) => [name, measured.map((r) => r[name as Name])]),
        ),
        rows,
        overload,
        size,
      }),
    );
    return;
  }
  console.log(
    `\n${machine.cpu}, ${machine.cores} cores; measured on core ${machine.measuredOnCore}, load on core ${machine.loadOnCore}; hashes and given passwords on all; ${connections} connections; Node ${machine.node}`,
  );
  console.log('\nper second                                        median      least       most');
  for (const name of Object.keys(measured[0]!) as Name[])
    console.log(
      name.padEnd(44) +
        spreadOf(
          measured.map((r) => r[name]),
          0,
        ),
    );
  console.log('\n                                                  median      least       most       goal');
  for (const { what, goal, most, unit = '', values } of rows) {
    const reached = most ? median(values) <= goal : median(values) >= goal;
    console.log(
      `${what.padEnd(44)}${spreadOf(values, unit ? 0 : 2)}${`${most ? '≤' : '≥'} ${goal} ${unit}`.padStart(12)}${reached ? '' : '   not reached'}`,
    );
  }
  console.log(
    `\noverload: ${median(overload.measured.map(({ timesCeiling }) => timesCeiling)).toFixed(1)} times the ceiling was asked for; ${machine.seconds} s in all`,
  );
  if (noisy)
    console.log(
      'The machine is noisy: it was busy before the run, or its ceilings vary between rounds. Trust the ratios less.',
    );
}

function spreadOf(values: number[], digits: number): string {
  return [median(values), Math.min(...values), Math.max(...values)]
    .map((value) => value.toFixed(digits).padStart(11))
    .join('');
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
