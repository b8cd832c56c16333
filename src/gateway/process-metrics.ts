import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How often the delay of the event loop is sampled. */
const resolutionMs = 20;

/**
 * Adds the metrics of the process and of its event loop, read when they are scraped. Their names are Prometheus' own
 * and OpenTelemetry's: promtool refuses some of prom-client's (docs/decisions/0073).
 */
export function addProcessMetrics(registry: Registry): void {
  const registers = [registry];
  function gauge(name: string, help: string, read: () => number | undefined): void {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(read() ?? Number.NaN) });
  }
  function counter(name: string, help: string, read: () => number): void {
    const metric: Counter = new Counter({
      name,
      help,
      registers,
      collect() {
        metric.reset();
        metric.inc(read());
      },
    });
  }

  counter('process_cpu_seconds_total', 'Processor time of all threads, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const startedAt = (performance.timeOrigin / 1_000) | 0;
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => startedAt);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_open_fds', 'Open file descriptors.', openFiles);
  const limit = maxOpenFiles();
  gauge('process_max_fds', 'File descriptors that may be open.', () => limit);
  gauge('v8js_memory_heap_used_bytes', "Used memory of V8's heap.", () => process.memoryUsage().heapUsed);

  counter('nodejs_eventloop_active_seconds_total', 'Time in which the event loop was not idle.', () => {
    return performance.eventLoopUtilization().active / 1_000;
  });
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  // Above the sampling interval, which belongs to each sample.
  const delayed = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1_000);
  const since = 'Delay of the event loop since the scrape before';
  gauge('nodejs_eventloop_delay_p50_seconds', `${since}, median.`, () => delayed(delay.percentile(50)));
  gauge('nodejs_eventloop_delay_p99_seconds', `${since}, 99th percentile.`, () => delayed(delay.percentile(99)));
  gauge('nodejs_eventloop_delay_max_seconds', `${since}, the longest.`, () => {
    const longest = delayed(delay.max);
    delay.reset();
    return longest;
  });
}

/** Linux counts them in /proc; elsewhere the number is not known. */
function openFiles(): number | undefined {
  try {
    // The listing itself opens one.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}

function maxOpenFiles(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
