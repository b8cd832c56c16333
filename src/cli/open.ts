import type { Company } from '../access/ports.ts';
import { type Environment, loadDatabaseUrl } from '../gateway/config.ts';
import { openParts } from '../gateway/creation.ts';
import { UnusableDatabase } from '../storage/unusable.ts';
import { Refusal } from '../errors/error-dictionary.ts';
import { Failure, toFailure } from './failure.ts';

export type Opened = Awaited<ReturnType<typeof open>>;

/** Opens the database of `DATABASE_URL`, and migrates it unless `readOnly`, with what commands do with it. Throws a `Failure` that says what is wrong with it. */
export async function open(env: Environment, { readOnly = false } = {}) {
  const { databaseUrl, problems } = loadDatabaseUrl(env);
  if (databaseUrl === undefined) throw new Failure(problems.join('\n'), 78);
  const { store, access, directory } = await openParts(databaseUrl, Date.now, { readOnly }).catch((error: Error) => {
    if (error instanceof UnusableDatabase) throw toFailure(error);
    throw error instanceof Refusal
      ? error
      : new Failure(`the database of DATABASE_URL cannot be opened: ${error.message}`);
  });
  return {
    store,
    access,
    directory,
    async company(code: string): Promise<Company> {
      const found = await access.findCompany(code);
      if (!found)
        throw new Failure(
          `there is no company ${code}; create it with: npm run --silent gateway -- company create --code ${code} --name NAME`,
        );
      return found;
    },
    close: store.close,
  };
}
