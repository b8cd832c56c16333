import { type Column, getTableName, type GetColumnData } from 'drizzle-orm';

/** A list of columns for a statement, and the function that reads their values. */
export interface Columns<Row> {
  /** As it stands after `select` or `returning`. */
  list: string;
  length: number;
  /** @param from the position of the first of these columns among the values of a row */
  read: (values: readonly unknown[], from?: number) => Row;
}

type RowOf<Shape extends Record<string, Column>> = { [Name in keyof Shape]: GetColumnData<Shape[Name]> };

/** Makes a list out of columns of `tables.ts`. Reading it, a date is a Date and a flag is a boolean. */
export function columnsOf<Shape extends Record<string, Column>>(shape: Shape): Columns<RowOf<Shape>> {
  const columns = Object.entries(shape);
  return {
    list: columns.map(([, { table, name }]) => `${getTableName(table)}.${name}`).join(', '),
    length: columns.length,
    read(values, from = 0) {
      const row: Record<string, unknown> = {};
      for (let at = 0; at < columns.length; at++) {
        const [property, column] = columns[at]!;
        const value = values[from + at];
        row[property] = value === null ? null : column.mapFromDriverValue(value);
      }
      return row as RowOf<Shape>;
    },
  };
}
