import { type SQL, sql } from 'drizzle-orm';
import type { OffsetRange, CursorRange } from '../users/ports.ts';
import type { Contains } from './user-list.ts';

/**
 * Builds the rows and the count of a list of tags in the SQL that both engines speak.
 *
 * @param name a folded part of the names, searched for among the newest `searchWindow` tags; null lists all of the
 * company
 */
export function tagList(contains: Contains, companyId: string, name: string | null, searchWindow: number) {
  const [source, condition] =
    name === null
      ? [sql`tags`, sql`company_id = ${companyId}`]
      : [
          sql`(select * from tags where company_id = ${companyId} order by id desc limit ${searchWindow}) as newest`,
          contains(sql`name_key`, name),
        ];
  const rows = sql`select id, serial, name from ${source} where ${condition}`;
  return {
    after: ({ after, limit }: CursorRange): SQL =>
      sql`${rows} ${after === null ? sql`` : sql`and id > ${after}`} order by id limit ${limit}`,
    at: ({ offset, limit }: OffsetRange): SQL => sql`${rows} order by id limit ${limit} offset ${offset}`,
    count: sql`select count(*) as count from ${source} where ${condition}`,
  };
}
