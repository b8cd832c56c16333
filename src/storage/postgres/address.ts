/** What an address may set in its query, in libpq's names and units; everything else in it is for the driver. */
export const defaults = {
  /**
   * Connections of one process. Creations share statements; four gateways use less than half of Postgres's default of
   * 100.
   */
  pool: 10,
  /** Seconds to wait for a new connection, or for a free one of the pool. */
  connect_timeout: 2,
  /** Milliseconds that Postgres gives a statement: a creation takes two. */
  statement_timeout: 3_000,
};
/** The name under which Postgres shows the program's connections. */
export const applicationName = 'ruangkerja-gateway';

/** Reads the settings of an address; returns them and the address without them. */
export function readAddress(url: string, usual = defaults): { connectionString: string; settings: typeof defaults } {
  const address = new URL(url);
  const settings = { ...usual };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value = address.searchParams.get(name);
    if (value === null) continue;
    settings[name] = Number(value);
    address.searchParams.delete(name);
  }
  return { connectionString: address.href, settings };
}
