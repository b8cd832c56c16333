import { type Column, getTableName } from 'drizzle-orm';

/**
 * Makes a list of columns of `tables.ts`, each under its property's name, as it stands after `select` or `returning`.
 */
export function columnsOf(shape: Record<string, Column>): string {
  return Object.entries(shape)
    .map(([property, { table, name }]) => `${getTableName(table)}.${name} as "${property}"`)
    .join(', ');
}
