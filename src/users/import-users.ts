import { candidateOf, noKeys, type UsedKeys } from './conflicts.ts';
import { type CreationNeeds, makeStrategies } from './creation-strategies.ts';
import type { CreateUserInput, FieldRules } from './fields.ts';
import type { ImportUserOutcome } from './outcome.ts';

export interface ImportUsersNeeds extends CreationNeeds {
  rules: () => Promise<FieldRules>;
}

export type ImportUsers = (
  companyId: string,
  rows: readonly { input: CreateUserInput; importKey: string }[],
  dryRun: UsedKeys | null,
) => Promise<ImportUserOutcome[]>;

/**
 * Creates the users of a file's rows, each by itself. A row that an earlier run of the same file created is recognised by
 * its import key and is `imported`. A dry run only checks; it gets the keys of the rows before.
 */
export function makeImportUsers(needs: ImportUsersNeeds): ImportUsers {
  const { createEach, checkOnly } = makeStrategies(needs);
  return async function importUsers(companyId, rows, dryRun) {
    const caller = { clientId: 'import', companyId };
    // Of a phone's two readings the national one: spreadsheets drop leading zeros.
    const rules = { ...(await needs.rules()), preferNationalPhones: true };
    const candidates = rows.map(({ input, importKey }, index) => candidateOf(input, index, rules, importKey));
    const create = dryRun ? checkOnly : createEach;
    return create(caller, candidates, {
      settled: rows.map(() => null),
      reservation: null,
      usedKeys: dryRun ?? noKeys(),
    });
  };
}
