#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

/** `npx gateway COMMAND`: runs the operator's commands with the Node that the gateway brings, in the caller's folder. */
const preload = new URL('../src/preload.ts', import.meta.url);
const main = new URL('../src/cli/main.ts', import.meta.url);
process.argv.splice(2, 0, '--import', preload.href, fileURLToPath(main));
await import('./node.js');
