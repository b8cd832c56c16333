import { expect, test } from 'vitest';
import { isLoopbackHost } from '../../src/api/pages/loopback.ts';

test.each(['localhost', 'LOCALHOST:4000', 'app.localhost:4000', '127.0.0.1:4000', '127.8.9.10', '[::1]', '[::1]:4000'])(
  '%s is this machine',
  (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  },
);

test.each([
  null,
  '',
  'example.com',
  'localhost.example.com',
  '127.0.0.1.example.com',
  'notlocalhost',
  '128.0.0.1',
  '0.0.0.0:4000',
  '[::]',
  '::1',
  'localhost:4000:1',
  'example.com@localhost',
  'localhost:',
  '.localhost',
  '127.0.0',
])('%j is not', (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});
