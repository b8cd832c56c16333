import { uuidv7 } from '../uuid.ts';
import { type ErrorName, errorDictionary } from './error-dictionary.ts';
import { properName } from './text.ts';
import { foldKey } from './ports.ts';
import { organizationSerial, tagSerial } from './serial.ts';

export interface NewTag {
  id: string;
  companyId: string;
  serial: string;
  name: string;
  /** The name folded: two tags of a company never differ in case only. */
  nameKey: string;
  createdAt: Date;
}

export interface NewOrganization {
  id: string;
  companyId: string;
  parentSerial: string | null;
  serial: string;
  name: string;
  isActive: boolean;
  createdAt: Date;
}

/** What tags and organizations need of a store. Every verb is atomic and sees one company only. */
export interface DirectoryStore {
  addTag(tag: NewTag): Promise<'added' | 'name-taken' | 'serial-taken'>;
  addOrganization(organization: NewOrganization): Promise<'added' | 'parent-unknown' | 'serial-taken'>;
}

/** A company's serial of what was made, or the dictionary's reason. */
export type DirectoryOutcome = { serial: string } | { name: ErrorName; detail: string };

export type Directory = ReturnType<typeof makeDirectory>;
type Owner = { id: string; code: string };

/** The tags and the structure of a company, which users refer to. `serial` is given for demo data only. */
export function makeDirectory({ store, now }: { store: DirectoryStore; now: () => number }) {
  return {
    /** Refuses 11110 and 11101. */
    async createTag(company: Owner, given: { name: string; serial?: string }): Promise<DirectoryOutcome> {
      const name = properName(given.name, 100);
      if (name === null) return refusal('TAG_NAME_INVALID');
      for (;;) {
        const serial = given.serial ?? tagSerial(company.code);
        const outcome = await store.addTag({ id: uuidv7(now()), companyId: company.id, serial, name, nameKey: foldKey(name), createdAt: new Date(now()) });
        if (outcome === 'added' || (outcome === 'serial-taken' && given.serial)) return { serial };
        if (outcome === 'name-taken') return refusal('TAG_NAME_EXISTS');
      }
    },

    /** Refuses 12101 for an unknown parent and 400 for a wrong name. */
    async createOrganization(company: Owner, given: { name: string; parent?: string | undefined; isActive: boolean; serial?: string }): Promise<DirectoryOutcome> {
      const name = properName(given.name, 200);
      if (name === null) return { name: 'BAD_REQUEST', detail: 'organization name is required, at most 200 characters and no control characters' };
      for (;;) {
        const serial = given.serial ?? organizationSerial();
        const { isActive, parent: parentSerial = null } = given;
        const outcome = await store.addOrganization({ id: uuidv7(now()), companyId: company.id, parentSerial, serial, name, isActive, createdAt: new Date(now()) });
        if (outcome === 'added' || (outcome === 'serial-taken' && given.serial)) return { serial };
        if (outcome === 'parent-unknown') return refusal('ORGANIZATION_NOT_FOUND');
      }
    },
  };
}

function refusal(name: ErrorName): { name: ErrorName; detail: string } {
  return { name, detail: errorDictionary[name].detail };
}
