import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Gives the client's IP address: the peer's, or the one that the outermost of the trusted proxies saw. Each proxy
 * appends the address of its own peer to `X-Forwarded-For`; everything further left was written by the client.
 *
 * @param trustProxy how many proxies stand in front
 */
export function addressOf({ socket, headers }: IncomingMessage, trustProxy: number): string {
  const peer = socket.remoteAddress ?? '';
  const forwarded = trustProxy > 0 ? headers['x-forwarded-for'] : undefined;
  if (forwarded === undefined) return peer;
  const hops = String(forwarded).split(',');
  const hop = hops[Math.max(0, hops.length - trustProxy)]!.trim();
  // Some proxies write the port too, and then IPv6 in brackets.
  const [, bare = hop] = /^\[(.+)\](?::\d+)?$/.exec(hop) ?? /^([\d.]+):\d+$/.exec(hop) ?? [];
  return isIP(bare) === 0 ? peer : bare;
}
