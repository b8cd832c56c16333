import type { Company } from '../access/ports.ts';
import { Refusal } from '../errors/error-dictionary.ts';
import { type Environment, loadDatabaseUrl } from '../gateway/config.ts';
import { openParts } from '../gateway/creation.ts';
import { describeDatabase } from '../storage/address.ts';
import { UnusableDatabase } from '../storage/unusable.ts';
import type { User } from '../users/ports.ts';
import type { Say } from './command.ts';
import { CommandError, exitConfig, toCommandError } from './command-error.ts';

/** What a command does with an open database. */
export type Opened = Awaited<ReturnType<typeof open>>;

/**
 * Opens the database of `DATABASE_URL`, says which it is, and migrates it unless `readOnly`. Throws a `CommandError`
 * that says what is wrong with it.
 */
export async function open(env: Environment, say: Say, { readOnly = false, mustExist = false } = {}) {
  const loaded = loadDatabaseUrl(env);
  if (loaded.kind === 'wrong') throw new CommandError(loaded.problems.join('\n'), exitConfig);
  const { store, access, directory } = await openParts(loaded.databaseUrl, Date.now, { readOnly, mustExist }).catch(
    (error: Error) => {
      if (error instanceof UnusableDatabase) throw toCommandError(error);
      throw error instanceof Refusal
        ? error
        : new CommandError(`the database of DATABASE_URL cannot be opened: ${error.message}`);
    },
  );
  say(`Database: ${describeDatabase(loaded.databaseUrl)}`);
  return {
    store,
    access,
    directory,
    /** Finds a company by its code. Throws a `CommandError` that says how to create it. */
    async findCompany(code: string): Promise<Company> {
      const company = await access.findCompany(code);
      if (company) return company;
      const command = `npx gateway company create --code ${code} --name NAME`;
      throw new CommandError(`there is no company ${code}; create it with: ${command}`);
    },
    /** Finds a user and its company by the serial, which is unique over all companies. */
    async findUser(serial: string): Promise<{ company: Company; user: User }> {
      for (const company of await access.listCompanies()) {
        const user = await store.users.find(company.id, { serial });
        if (user) return { company, user };
      }
      throw new CommandError(`there is no user ${serial}`);
    },
    close: store.close,
  };
}
