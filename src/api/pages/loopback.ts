/**
 * Tells whether a Host header names this machine: `localhost`, a name below it (RFC 6761 section 6.3), 127.0.0.0/8 or
 * `[::1]`, with any port. A site that rebinds its own name to 127.0.0.1 reaches the port, but cannot forge this header
 * (`docs/decisions/0026`).
 */
export function isLoopbackHost(host: string | null): boolean {
  return host !== null && /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host);
}
