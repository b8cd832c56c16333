import { vi } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import type { Scope } from '../../src/access/ports.ts';
import { openStore } from '../../src/storage/store.ts';
import { makeDirectory } from '../../src/users/directory.ts';
import { launch, production, type Program, ready } from './program.ts';

const scopes: Scope[] = ['users:create', 'users:read'];

/** Gateway processes on one Postgres. `start` starts one more, `stop` ends them all. */
export async function startCluster({
  size,
  databaseUrl,
  smtpUrl,
  folder,
}: {
  size: number;
  databaseUrl: string;
  smtpUrl: string;
  folder: string;
}) {
  const env = { ...production, DATABASE_URL: databaseUrl, SMTP_URL: smtpUrl, RATE_LIMIT: '0' };
  const programs: Program[] = [];

  async function start(): Promise<Program> {
    const program = launch(folder, env);
    programs.push(program);
    const port = (await ready(program)).port();
    // The program's own reads its whole log at each call.
    return { ...program, port: () => port };
  }
  const stop = async (): Promise<void> => void (await Promise.all(programs.map(({ kill }) => kill())));

  try {
    // All at once on an empty database: one migrates, the others wait.
    const gateways = await Promise.all(Array.from({ length: size }, start));
    return { gateways, start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A company with a tag, an organization, and a client with a token. */
export async function makeCompany(databaseUrl: string) {
  const now = Date.now;
  const store = await openStore(databaseUrl, now);
  try {
    const access = makeAccess({ store: store.access, now });
    const directory = makeDirectory({ store: store.directory, now });
    await access.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
    const company = (await access.findCompany('RUKR'))!;
    const { clientID } = await access.createClient(company, { name: 'HRIS', scopes });
    const tag = await directory.createTag(company, { name: 'Staff' });
    const organization = await directory.createOrganization(company, { name: 'Head office', isActive: true });
    if (!('serial' in tag) || !('serial' in organization)) throw new Error('the company could not be set up');
    return {
      id: company.id,
      token: await access.issueToken(clientID, scopes),
      tag: tag.serial,
      organization: organization.serial,
    };
  } finally {
    await store.close();
  }
}

/** Waits for a condition of a load under way; a minute is longer than any takes. */
export function until(condition: () => unknown): Promise<void> {
  return vi.waitFor(
    () => {
      if (!condition()) throw new Error(`waited in vain for ${condition}`);
    },
    { timeout: 60_000, interval: 10 },
  );
}
