import { availableParallelism } from 'node:os';

/**
 * Sizes libuv's thread pool, which is made at its first use: so this is the first import of every program. Hashes take a
 * thread for each core; slow name look-ups get at most half of all (https://docs.libuv.org/en/v1.x/threadpool.html), so
 * that with twice as many threads as cores a mail server whose name hangs holds no hash up, nor hashes a mail.
 */
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, 2 * availableParallelism()));
