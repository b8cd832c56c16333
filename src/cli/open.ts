import type { Company } from '../access/ports.ts';
import { type Environment, loadDatabaseUrl } from '../gateway/config.ts';
import { openParts } from '../gateway/creation.ts';
import { Refusal } from '../errors/error-dictionary.ts';
import { Failure } from './failure.ts';

export type Opened = Awaited<ReturnType<typeof open>>;

/** Opens and migrates the database of `DATABASE_URL`, and what commands do with it. Throws a `Failure` that says what is wrong with it. */
export async function open(env: Environment) {
  const { databaseUrl, problems } = loadDatabaseUrl(env);
  if (databaseUrl === undefined) throw new Failure(problems.join('\n'), 78);
  const { store, access, directory } = await openParts(databaseUrl, Date.now).catch((error: Error) => {
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
          `there is no company ${code}; make it with: gateway company create --code ${code} --name NAME`,
        );
      return found;
    },
    close: store.close,
  };
}
