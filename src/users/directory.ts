import { noLimits } from '../access/limits.ts';
import { isWrong } from '../text.ts';
import { makeChangeTags } from './change-tags.ts';
import {
  type DirectoryOutcome,
  makeCreateEntries,
  readTagName,
  readTagNamePart,
  refusal,
} from './create-directory-entries.ts';
import type { DirectoryStore } from './directory-store.ts';
import { countedListing, emptyListing, type Listing, searchWindow } from './listing.ts';
import { type Company, foldKey, type StructuredOrganization, type Tag, type Caller } from './ports.ts';

/** The tags and the organizations of all companies. */
export type Directory = ReturnType<typeof makeDirectory>;
/** The most tags of one call. */
export const tagBatchLimit = 1_000;
/** How many tags of a batch are written at once: SQLite commits those together. */
const atOnce = 8;

/**
 * Makes the directory: the tags and the structure of a company, to which users refer. The calls of a client count in
 * its limits and throw 429; those of an operator do not.
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
  const { createTag, createOrganization } = makeCreateEntries({ store, now });

  /** The company of an access token. */
  async function company(id: string): Promise<Company> {
    const stored = await store.findCompany(id);
    if (!stored) throw new Error(`there is no company ${id}`);
    return stored;
  }

  return {
    ...makeChangeTags({ store, limits }),
    createTag,
    createOrganization,
    company,

    /**
     * Creates tags for a client. Returns an outcome for each name, in order. If two names are equal, the first wins. A
     * tag counts like a user.
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
          outcomes[at] = repeated ? refusal('TAG_NAME_EXISTS') : await createTag(owner, { name, position: at });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return outcomes;
    },

    findTag: (companyId: string, serial: string): Promise<Tag | null> => store.findTag(companyId, serial),

    /** Reads a tag for a client. */
    async readTag({ clientId, companyId }: Caller, serial: string): Promise<Tag | null> {
      await limits.reads(clientId, 'one');
      return store.findTag(companyId, serial);
    },

    /** Lists the tags whose name contains `name` in any case; null, "" and only spaces list all tags. */
    tags({ clientId, companyId }: Caller, name: string | null | undefined): Listing<Tag> {
      const read = readTagNamePart(name);
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

    /** Lists all organizations of a company in the order of creation. */
    async organizations({ clientId, companyId }: Caller): Promise<StructuredOrganization[]> {
      await limits.reads(clientId, 'list');
      return store.listOrganizations(companyId);
    },

    /** Returns the serial of the parent for each organization of a company. */
    parents: async (companyId: string): Promise<Map<string, string | null>> =>
      new Map((await store.listOrganizations(companyId)).map(({ serial, parentSerial }) => [serial, parentSerial])),
  };
}
