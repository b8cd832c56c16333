import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Access, tokenLifetime } from '../access/access.ts';
import { scopes } from '../access/ports.ts';
import type { Directory } from '../users/directory.ts';

/** Its id tells it from a company of the same name that an operator made. */
const demoCompany = { id: '01900000-0000-7000-8000-000000000000', code: 'RUKR', name: 'Ruangkerja' };

export interface DemoDetails {
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
  /** The demo client with a token that is good for at least half of its life; null in a database without demo data. */
  details(): Promise<DemoDetails | null>;
}

/**
 * Development's company, tag, organization and client, made in an empty database; a start that died half-way is
 * completed by the next one. The client is kept in `file`, mode 0600.
 */
export async function openDemo({ access, directory, now, file = 'data/demo-client.json' }: DemoNeeds): Promise<Demo> {
  if (!(await access.hasCompanies())) await access.createCompany(demoCompany);
  const company = await access.findCompany(demoCompany.code);
  if (company?.id !== demoCompany.id) return { details: async () => null };
  await directory.createTag(company, { name: 'Demo', serial: 'RUKRTAG-9WHL0JGP' });
  await directory.createOrganization(company, { name: 'Ruangkerja', isActive: true, serial: 'COMPFJLYTHWL' });
  const client = (await keptClient()) ?? (await newClient());

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
    mkdirSync(dirname(file), { recursive: true });
    const beside = `${file}.${randomBytes(8).toString('hex')}`;
    writeFileSync(beside, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(beside, file);
    return { id: made.clientID, secret: made.clientSecret };
  }

  let token: { value: string; issuedAt: number } | undefined;
  return {
    async details() {
      if (!token || now() - token.issuedAt > (tokenLifetime * 1000) / 2)
        token = { value: await access.issueToken(client.id, scopes), issuedAt: now() };
      return { clientID: client.id, clientSecret: client.secret, accessToken: token.value };
    },
  };
}
