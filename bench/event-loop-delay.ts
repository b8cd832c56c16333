import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded before a program: answers any message with the 99th percentile of its event loop's delay since the last one,
 * in milliseconds.
 */
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', () => {
  process.send!(delay.percentile(99) / 1e6);
  delay.reset();
});
process.channel!.unref();
