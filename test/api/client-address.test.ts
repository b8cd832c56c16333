import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { addressOf } from '../../src/api/http/address.ts';

const of = (forwarded: string | undefined, trustProxy: number) =>
  addressOf(
    { socket: { remoteAddress: '192.0.2.9' }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage,
    trustProxy,
  );

test.each([
  ['nobody is trusted', '203.0.113.1', 0, '192.0.2.9'],
  ['no header', undefined, 1, '192.0.2.9'],
  ['one proxy', '203.0.113.1', 1, '203.0.113.1'],
  ['one proxy, and a client that lies', '10.0.0.1, 203.0.113.1', 1, '203.0.113.1'],
  ['two proxies, and a client that lies', '10.0.0.1,203.0.113.1 , 198.51.100.7', 2, '203.0.113.1'],
  ['fewer than trusted', '203.0.113.1', 3, '203.0.113.1'],
  ['no address', 'unknown', 1, '192.0.2.9'],
  ['empty', '', 1, '192.0.2.9'],
  ['with a port', '203.0.113.1:4711', 1, '203.0.113.1'],
  ['IPv6', '2001:db8::1', 1, '2001:db8::1'],
  ['IPv6 with a port', '[2001:db8::1]:4711', 1, '2001:db8::1'],
])('the client’s address: %s', (_, forwarded, trustProxy, address) => {
  expect(of(forwarded, trustProxy)).toBe(address);
});
