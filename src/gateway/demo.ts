import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Access, tokenLifetimeSeconds } from '../access/access.ts';
import { type Company, scopes } from '../access/ports.ts';
import { makeFolder } from '../make-folder.ts';
import type { Directory } from '../users/directory.ts';
import { searchWindow } from '../users/listing.ts';
import type { User, UserReader } from '../users/ports.ts';

/** The id distinguishes it from a company of the same name that an operator created. */
const demoCompany = { id: '01900000-0000-7000-8000-000000000000', name: 'Ruangkerja' };
/** How many users the home page shows. */
const lastUsersShown = 5;
/** The demo company gets the first code that no company of an operator has. */
const codes = ['RUKR', 'DEMO', 'COBA', 'TEST'];

/** The credentials of the demo client. */
export interface DemoDetails {
  /** The code of the demo company. */
  company: string;
  clientID: string;
  clientSecret: string;
  accessToken: string;
}

/** What the demo needs. */
export interface DemoNeeds {
  access: Access;
  directory: Directory;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The file that keeps the client. */
  file?: string;
}

/** The demo data of development. */
export interface Demo {
  /** Returns the client with a token that has half of its life left; null when every code of the demo is taken. */
  details(): Promise<DemoDetails | null>;
  /** Returns the newest users of the demo company, newest first. */
  lastUsers(users: UserReader): Promise<User[]>;
}

/**
 * Opens the company, tag, organization and client of development, and creates what is missing, beside other companies.
 * So a start completes an earlier one that was killed. The client is kept in `file`, with mode 0600.
 */
export async function openDemo({ access, directory, now, file = 'data/demo-client.json' }: DemoNeeds): Promise<Demo> {
  const company = await findOrCreateCompany();
  if (!company) return { details: async () => null, lastUsers: async () => [] };
  await directory.createTag(company, { name: 'Demo', serial: 'RUKRTAG-9WHL0JGP' });
  await directory.createOrganization(company, { name: 'Ruangkerja', isActive: true, serial: 'COMPFJLYTHWL' });
  const client = (await keptClient()) ?? (await newClient());

  async function findOrCreateCompany(): Promise<Company | null> {
    for (const code of codes) {
      if (!(await access.findCompany(code))) await access.createCompany({ ...demoCompany, code });
      const company = await access.findCompany(code);
      if (company?.id === demoCompany.id) return company;
    }
    return null;
  }

  async function keptClient(): Promise<{ id: string; secret: string } | null> {
    try {
      const { clientID: id, clientSecret: secret } = JSON.parse(readFileSync(file, 'utf8')) ?? {};
      return (await access.verifyClient(String(id), String(secret))) ? { id, secret } : null;
    } catch (error) {
      // No file, or not ours: a new client replaces it.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async function newClient(): Promise<{ id: string; secret: string }> {
    const created = await access.createClient(company!, { name: 'Demo', scopes: [...scopes] });
    // A new file is renamed, so that it is complete and has its own mode, whatever was there.
    makeFolder(dirname(file));
    const newFile = `${file}.${randomBytes(8).toString('hex')}`;
    writeFileSync(newFile, `${JSON.stringify(created, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(newFile, file);
    return { id: created.clientID, secret: created.clientSecret };
  }

  let token: { value: string; issuedAt: number } | undefined;
  return {
    async details() {
      // In both directions: a token that was issued while the clock was ahead is no longer valid.
      if (!token || Math.abs(now() - token.issuedAt) > (tokenLifetimeSeconds * 1000) / 2)
        token = { value: await access.issueToken(client.id, scopes), issuedAt: now() };
      return { company: company.code, clientID: client.id, clientSecret: client.secret, accessToken: token.value };
    },
    async lastUsers(users) {
      const total = await users.count(company.id, {}, searchWindow);
      const offset = Math.max(0, total - lastUsersShown);
      return (await users.page(company.id, {}, searchWindow, { offset, limit: lastUsersShown })).items.toReversed();
    },
  };
}
