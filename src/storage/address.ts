import { resolve } from 'node:path';

/** Takes the path out of a `file:…` address. */
export function pathOf(url: string): string {
  return url.replace(/^file:(\/\/)?/, '');
}

/** Names the database of an address, without user and password. */
export function describeDatabase(url: string): string {
  if (url.startsWith('file:')) return `SQLite ${resolve(pathOf(url))}`;
  const { host, pathname, searchParams } = new URL(url);
  return `Postgres ${searchParams.get('host') ?? host}${pathname}`;
}
