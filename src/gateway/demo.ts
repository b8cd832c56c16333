import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Access, tokenLifetimeSeconds } from '../access/access.ts';
import { type Company, scopes } from '../access/ports.ts';
import { makeFolder } from '../make-folder.ts';
import type { Directory } from '../users/directory.ts';

/** Its id tells it from a company of the same name that an operator created. */
const demoCompany = { id: '01900000-0000-7000-8000-000000000000', name: 'Ruangkerja' };
/** The first one that no company of an operator has becomes the demo company's. */
const codes = ['RUKR', 'DEMO', 'COBA', 'TEST'];

export interface DemoDetails {
  /** The code of the demo company. */
  company: string;
  clientID: string;
  clientSecret: string;
  accessToken: string;
}

export interface DemoNeeds {
  access: Access;
  directory: Directory;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Where the client is kept. */
  file?: string;
}

export interface Demo {
  /**
   * The demo client with a token that is good for at least half of its life; null where every code of the demo is
   * taken.
   */
  details(): Promise<DemoDetails | null>;
}

/**
 * Development's company, tag, organization and client, created beside whatever companies there are: companies are
 * strangers to each other. A start that died half-way is completed by the next one. The client is kept in `file`, mode
 * 0600.
 */
export async function openDemo({ access, directory, now, file = 'data/demo-client.json' }: DemoNeeds): Promise<Demo> {
  const company = await findOrCreateCompany();
  if (!company) return { details: async () => null };
  await directory.createTag(company, { name: 'Demo', serial: 'RUKRTAG-9WHL0JGP' });
  await directory.createOrganization(company, { name: 'Ruangkerja', isActive: true, serial: 'COMPFJLYTHWL' });
  const client = (await keptClient()) ?? (await newClient());

  async function findOrCreateCompany(): Promise<Company | null> {
    for (const code of codes) {
      if (!(await access.findCompany(code))) await access.createCompany({ ...demoCompany, code });
      const found = await access.findCompany(code);
      if (found?.id === demoCompany.id) return found;
    }
    return null;
  }

  async function keptClient(): Promise<{ id: string; secret: string } | null> {
    try {
      const { clientID: id, clientSecret: secret } = JSON.parse(readFileSync(file, 'utf8')) ?? {};
      return (await access.verifyClient(String(id), String(secret))) ? { id, secret } : null;
    } catch (error) {
      // Absent, or not ours: a new client takes its place.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async function newClient(): Promise<{ id: string; secret: string }> {
    const made = await access.createClient(company!, { name: 'Demo', scopes: [...scopes] });
    // Written beside and renamed: whole or not at all, and with its own mode, whatever stood there.
    makeFolder(dirname(file));
    const beside = `${file}.${randomBytes(8).toString('hex')}`;
    writeFileSync(beside, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(beside, file);
    return { id: made.clientID, secret: made.clientSecret };
  }

  let token: { value: string; issuedAt: number } | undefined;
  return {
    async details() {
      // Of either sign: a clock that was ahead has issued a token that is good no more.
      if (!token || Math.abs(now() - token.issuedAt) > (tokenLifetimeSeconds * 1000) / 2)
        token = { value: await access.issueToken(client.id, scopes), issuedAt: now() };
      return { company: company.code, clientID: client.id, clientSecret: client.secret, accessToken: token.value };
    },
  };
}
