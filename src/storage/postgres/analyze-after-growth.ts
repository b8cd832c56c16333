/** Users after which the tables are analyzed for the first time; each next time after eight times as many. */
const firstAtUsers = 64;
const lastAtUsers = 100_000;

/**
 * Reports growth to Postgres's planner: plans that were made for empty tables read a whole company for each look-up,
 * until autovacuum's first ANALYZE, which may come a minute and many users late.
 *
 * @returns a function to call with the number of users that were added
 */
export function makeAnalyzeAfterGrowth(analyze: () => Promise<unknown>): (addedUsers: number) => void {
  let nextAtUsers = firstAtUsers;
  let grownUsers = 0;
  return (addedUsers) => {
    grownUsers += addedUsers;
    if (grownUsers < nextAtUsers || nextAtUsers > lastAtUsers) return;
    nextAtUsers *= 8;
    // A plan that stays slow for longer is not a reason to refuse a request.
    analyze().catch(() => undefined);
  };
}
