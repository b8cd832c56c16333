import { uuidv7 } from '../uuid.ts';
import { type ErrorName, errorDictionary } from '../errors/error-dictionary.ts';
import { emptyListing, type Listing, searchWindow } from './listing.ts';
import {
  type Company,
  foldKey,
  type Listed,
  type Page,
  type Places,
  type Slice,
  type StructuredOrganization,
  type Tag,
} from './ports.ts';
import { organizationSerial, tagSerial } from './serial.ts';
import { isPlain, properName } from '../text.ts';

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
  findCompany(id: string): Promise<Company | null>;
  findTag(companyId: string, serial: string): Promise<Tag | null>;
  /** `name` is contained, folded, and looked for among the newest `searchWindow` tags; null takes all. */
  listTags(companyId: string, name: string | null, searchWindow: number, slice: Slice): Promise<Listed<Tag>[]>;
  pageTags(companyId: string, name: string | null, searchWindow: number, places: Places): Promise<Page<Tag>>;
  countTags(companyId: string, name: string | null, searchWindow: number): Promise<number>;
  /** All of a company, in the order of creation. */
  listOrganizations(companyId: string): Promise<StructuredOrganization[]>;
}

/** A company's serial of what was made, or the dictionary's reason. */
export type DirectoryOutcome = { serial: string } | { name: ErrorName; detail: string };

export type Directory = ReturnType<typeof makeDirectory>;
type Owner = { id: string; code: string };
type Refused = Extract<DirectoryOutcome, { name: ErrorName }>;

/** Tags that one call may ask for, and how many of them are written at once: SQLite commits those together. */
export const tagBatchLimit = 1_000;
const atOnce = 8;

/** The tags and the structure of a company, which users refer to. `serial` is given for demo data only. */
export function makeDirectory({ store, now }: { store: DirectoryStore; now: () => number }) {
  /** Refuses 11110 and 11101. `place` orders the tags of one batch. */
  async function createTag(
    company: Owner,
    given: { name: unknown; serial?: string; place?: number },
  ): Promise<DirectoryOutcome> {
    const name = properTagName(given.name);
    if (name === null) return refusal('TAG_NAME_INVALID');
    for (;;) {
      const serial = given.serial ?? tagSerial(company.code);
      const outcome = await store.addTag({
        id: uuidv7(now(), given.place),
        companyId: company.id,
        serial,
        name,
        nameKey: foldKey(name),
        createdAt: new Date(now()),
      });
      if (outcome === 'added' || (outcome === 'serial-taken' && given.serial)) return { serial };
      if (outcome === 'name-taken') return refusal('TAG_NAME_EXISTS');
    }
  }

  return {
    createTag,

    /** An outcome for each, in order: of two with one name the first wins. */
    async createTags(company: Owner, names: readonly unknown[]): Promise<DirectoryOutcome[]> {
      const keys = names.map((name) => foldKey(properTagName(name) ?? ''));
      const outcomes: DirectoryOutcome[] = [];
      const left = names.entries();
      const work = async (): Promise<void> => {
        for (const [at, name] of left) {
          const repeated = keys[at] !== '' && keys.indexOf(keys[at]!) < at;
          outcomes[at] = repeated ? refusal('TAG_NAME_EXISTS') : await createTag(company, { name, place: at });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return outcomes;
    },

    /** The company that a token speaks for. */
    async company(id: string): Promise<Company> {
      const company = await store.findCompany(id);
      if (!company) throw new Error(`there is no company ${id}`);
      return company;
    },

    findTag: (companyId: string, serial: string): Promise<Tag | null> => store.findTag(companyId, serial),

    /** Those whose name contains `name`, in any case; null, "" and only spaces take all. */
    tags(companyId: string, name: string | null | undefined): Listing<Tag> {
      const part = name?.trim() ? foldKey(name.trim().normalize('NFC')) : null;
      if (part !== null && !isPlain(part)) return emptyListing();
      return {
        list: (slice) => store.listTags(companyId, part, searchWindow, slice),
        page: (places) => store.pageTags(companyId, part, searchWindow, places),
        count: () => store.countTags(companyId, part, searchWindow),
      };
    },

    /** All of a company, in the order of creation. */
    organizations: (companyId: string): Promise<StructuredOrganization[]> => store.listOrganizations(companyId),

    /** Of each organization of a company the serial of the one above. */
    parents: async (companyId: string): Promise<Map<string, string | null>> =>
      new Map((await store.listOrganizations(companyId)).map(({ serial, parentSerial }) => [serial, parentSerial])),

    /** Refuses 12101 for an unknown parent and 400 for a wrong name. */
    async createOrganization(
      company: Owner,
      given: { name: string; parent?: string | undefined; isActive: boolean; serial?: string },
    ): Promise<DirectoryOutcome> {
      const name = properName(given.name, 200);
      if (name === null)
        return {
          name: 'BAD_REQUEST',
          detail: 'organization name is required, at most 200 characters and no control characters',
        };
      for (;;) {
        const serial = given.serial ?? organizationSerial();
        const { isActive, parent: parentSerial = null } = given;
        const outcome = await store.addOrganization({
          id: uuidv7(now()),
          companyId: company.id,
          parentSerial,
          serial,
          name,
          isActive,
          createdAt: new Date(now()),
        });
        if (outcome === 'added' || (outcome === 'serial-taken' && given.serial)) return { serial };
        if (outcome === 'parent-unknown') return refusal('ORGANIZATION_NOT_FOUND');
      }
    },
  };
}

function properTagName(given: unknown): string | null {
  return typeof given === 'string' ? properName(given, 100) : null;
}

function refusal(name: ErrorName): Refused {
  return { name, detail: errorDictionary[name].detail };
}
