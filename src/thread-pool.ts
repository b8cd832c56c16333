import { availableParallelism } from 'node:os';

/**
 * Sizes libuv's thread pool, which is made at its first use: so this is the first import of every program. A thread for each
 * core: with twice as many, which take turns on the cores and their caches, they hash a tenth less. Two at least, since slow
 * name look-ups get half of the threads (https://docs.libuv.org/en/v1.x/threadpool.html), and must leave one to the hashes.
 */
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(2, availableParallelism()));
