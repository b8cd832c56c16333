import { candidateOf, noKeys, type UsedKeys } from './conflicts.ts';

import type { CreateUserInput, FieldRules } from './fields.ts';
import type { ImportUserOutcome } from './outcome.ts';
import { makePlanCreations } from './plan.ts';
import type { UpsertMode } from './plan-upserts.ts';
import { makeStrategies } from './strategies.ts';
import { makeUpsertStrategies } from './upsert-users.ts';
import type { UserStore } from './ports.ts';
import type { WriteUsersNeeds } from './write-users.ts';

/** The needs of an import. */
export interface ImportUsersNeeds extends WriteUsersNeeds {
  store: WriteUsersNeeds['store'] & Pick<UserStore, 'findAll'>;
  rules: () => Promise<FieldRules>;
}

/** Creates, or changes, the users of some rows of a file, or only checks them when `dryRun` is set. */
export type ImportUsers = (
  companyId: string,
  rows: readonly { input: CreateUserInput; importKey: string }[],
  how: {
    /** Changes users who are there; null only creates. */
    mode: UpsertMode | null;
    /** The keys of the rows before, in a dry run; else null. */
    dryRun: UsedKeys | null;
    /** How many rows of the file came before; default 0. */
    rowsBefore?: number;
  },
) => Promise<ImportUserOutcome[]>;

/**
 * Makes the import of a file's rows, which creates each user by itself. A row is `imported` if an earlier run of the
 * same file created its user: the import key says so. A dry run only checks; it gets the keys of the rows before.
 */
export function makeImportUsers(needs: ImportUsersNeeds): ImportUsers {
  const creating = makeStrategies(needs, makePlanCreations(needs.store));
  const upserting = makeUpsertStrategies(needs);
  return async function importUsers(companyId, rows, { mode, dryRun, rowsBefore = 0 }) {
    const { each, checkOnly } = mode ? upserting[mode] : creating;
    const caller = { clientId: 'import', companyId, firstTurn: rowsBefore };
    // Spreadsheets drop leading zeros: if a phone has two readings, the national one is meant.
    const rules = { ...(await needs.rules()), preferNationalPhones: true };
    const candidates = rows.map(({ input, importKey }, index) => candidateOf(input, index, rules, importKey));
    const settle = dryRun ? checkOnly : each;
    return settle(caller, candidates, {
      settled: rows.map(() => null),
      reservation: null,
      usedKeys: dryRun ?? noKeys(),
    });
  };
}
