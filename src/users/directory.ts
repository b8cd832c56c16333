import { noLimits } from '../access/limits.ts';
import { uuidv7 } from '../uuid.ts';
import { type ErrorName, errorDictionary } from '../errors/error-dictionary.ts';
import { countedListing, emptyListing, type Listing, searchWindow } from './listing.ts';
import {
  type Company,
  foldKey,
  type Row,
  type Page,
  type OffsetRange,
  type CursorRange,
  type StructuredOrganization,
  type Tag,
} from './ports.ts';
import { organizationSerial, tagSerial } from './serial.ts';
import { composedText, isWrong, properName } from '../text.ts';

export interface NewTag {
  /** UUIDv7; the store takes the next one after its greatest where this is not greater, see `uuidv7After`. */
  id: string;
  companyId: string;
  serial: string;
  name: string;
  /** The name folded: two tags of a company never differ in case only. */
  nameKey: string;
  createdAt: Date;
}

export interface NewOrganization {
  /** As that of a tag. */
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
  listTags(companyId: string, name: string | null, searchWindow: number, slice: CursorRange): Promise<Row<Tag>[]>;
  pageTags(companyId: string, name: string | null, searchWindow: number, places: OffsetRange): Promise<Page<Tag>>;
  countTags(companyId: string, name: string | null, searchWindow: number): Promise<number>;
  /** All of a company, in the order of creation. */
  listOrganizations(companyId: string): Promise<StructuredOrganization[]>;
}

/** A company's serial of what was made, or the dictionary's reason. */
export type DirectoryOutcome = { serial: string } | { name: ErrorName; detail: string };

export type Directory = ReturnType<typeof makeDirectory>;
type Owner = { id: string; code: string };
type Caller = { clientId: string; companyId: string };
type Refused = Extract<DirectoryOutcome, { name: ErrorName }>;

/** Tags that one call may ask for, and how many of them are written at once: SQLite commits those together. */
export const tagBatchLimit = 1_000;
const atOnce = 8;
/** Code points. */
const maxTagName = 100;
const maxOrganizationName = 200;

/**
 * The tags and the structure of a company, which users refer to. `serial` is given for demo data only. What a client
 * asks for counts in its limits and throws 429; what an operator asks for does not.
 */
export function makeDirectory({
  store,
  now,
  limits = noLimits,
}: {
  store: DirectoryStore;
  now: () => number;
  limits?: Pick<typeof noLimits, 'reads' | 'writes'>;
}) {
  /** Refuses 11110 and 11101. `place` orders the tags of one batch. */
  async function createTag(
    company: Owner,
    given: { name: unknown; serial?: string; place?: number },
  ): Promise<DirectoryOutcome> {
    const name = readTagName(given.name);
    if (name === null) return refusal('TAG_NAME_INVALID');
    if (isWrong(name)) return refusal('TAG_NAME_INVALID', name.wrong ?? ruleOf('tag name', maxTagName));
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

  /** The company that a token speaks for. */
  async function company(id: string): Promise<Company> {
    const found = await store.findCompany(id);
    if (!found) throw new Error(`there is no company ${id}`);
    return found;
  }

  return {
    createTag,
    company,

    /**
     * For a client: an outcome for each name, in order. Of two tags with one name the first wins. A tag counts as a
     * user does.
     */
    async createTags(caller: Caller, names: readonly unknown[]): Promise<DirectoryOutcome[]> {
      await limits.writes(caller.clientId, names.length);
      const owner = await company(caller.companyId);
      const keys = names.map(readTagName).map((name) => (typeof name === 'string' ? foldKey(name) : ''));
      const outcomes: DirectoryOutcome[] = [];
      const left = names.entries();
      const work = async (): Promise<void> => {
        for (const [at, name] of left) {
          const repeated = keys[at] !== '' && keys.indexOf(keys[at]!) < at;
          outcomes[at] = repeated ? refusal('TAG_NAME_EXISTS') : await createTag(owner, { name, place: at });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return outcomes;
    },

    findTag: (companyId: string, serial: string): Promise<Tag | null> => store.findTag(companyId, serial),

    /** For a client. */
    async readTag({ clientId, companyId }: Caller, serial: string): Promise<Tag | null> {
      await limits.reads(clientId, 'one');
      return store.findTag(companyId, serial);
    },

    /** Those whose name contains `name`, in any case; null, "" and only spaces take all. */
    tags({ clientId, companyId }: Caller, name: string | null | undefined): Listing<Tag> {
      const read = composedText(name, 'name', maxTagName);
      if (isWrong(read)) return emptyListing();
      const part = read && foldKey(read);
      const listing: Listing<Tag> = {
        isSearch: part !== null,
        list: (slice) => store.listTags(companyId, part, searchWindow, slice),
        page: (places) => store.pageTags(companyId, part, searchWindow, places),
        count: () => store.countTags(companyId, part, searchWindow),
      };
      return countedListing(listing, (read) => limits.reads(clientId, read));
    },

    /** All of a company, in the order of creation. */
    async organizations({ clientId, companyId }: Caller): Promise<StructuredOrganization[]> {
      await limits.reads(clientId, 'list');
      return store.listOrganizations(companyId);
    },

    /** Of each organization of a company the serial of the one above. */
    parents: async (companyId: string): Promise<Map<string, string | null>> =>
      new Map((await store.listOrganizations(companyId)).map(({ serial, parentSerial }) => [serial, parentSerial])),

    /** Refuses 12101 for an unknown parent and 400 for a wrong name. */
    async createOrganization(
      company: Owner,
      given: { name: string; parent?: string | undefined; isActive: boolean; serial?: string },
    ): Promise<DirectoryOutcome> {
      const what = 'organization name';
      const name = properName(given.name, what, maxOrganizationName);
      if (name === null) return refusal('BAD_REQUEST', `${what} is required`);
      if (isWrong(name)) return refusal('BAD_REQUEST', name.wrong ?? ruleOf(what, maxOrganizationName));
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

function ruleOf(what: string, maxLength: number): string {
  return `${what} allows at most ${maxLength} characters and no control characters`;
}

function readTagName(given: unknown) {
  return properName(given, 'tag name', maxTagName);
}

function refusal(name: ErrorName, detail: string = errorDictionary[name].detail): Refused {
  return { name, detail };
}
