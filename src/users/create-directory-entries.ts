import { type ErrorName, errorDictionary, unavailable } from '../errors/error-dictionary.ts';
import { composedText, isWrong, properName } from '../text.ts';
import { uuidv7 } from '../uuid.ts';
import type { DirectoryStore } from './directory-store.ts';
import { foldKey } from './ports.ts';
import { organizationSerial, tagSerial } from './serial.ts';

/** The outcome of creating a tag or an organization: its serial, or the reason of the dictionary. */
export type DirectoryOutcome =
  | { kind: 'created'; serial: string }
  | { kind: 'refused'; name: ErrorName; detail: string };

type Owner = { id: string; code: string };
type Refused = Extract<DirectoryOutcome, { kind: 'refused' }>;

/** The needs of creating tags and organizations. */
export interface CreateEntriesNeeds {
  store: Pick<DirectoryStore, 'addTag' | 'addOrganization'>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Code points. */
const maxTagName = 100;
const maxOrganizationName = 200;
/** A serial has 36^8 values: several collisions in a row are next to impossible. */
const maxSerialTries = 10;

/** Makes the creation of one tag or one organization. Only demo data sets `serial`. */
export function makeCreateEntries({ store, now }: CreateEntriesNeeds) {
  return {
    /** Refuses 11110 and 11101. `position` orders the tags of one batch. */
    async createTag(
      company: Owner,
      input: { name: unknown; serial?: string; position?: number },
    ): Promise<DirectoryOutcome> {
      const name = readTagName(input.name);
      if (name === null) return refusal('TAG_NAME_INVALID');
      if (isWrong(name)) return refusal('TAG_NAME_INVALID', name.wrong ?? tagNameRule);
      for (let tries = 0; tries < maxSerialTries; tries++) {
        const serial = input.serial ?? tagSerial(company.code);
        const outcome = await store.addTag({
          id: uuidv7(now(), input.position),
          companyId: company.id,
          serial,
          name,
          nameKey: foldKey(name),
          createdAt: new Date(now()),
        });
        if (outcome === 'added' || (outcome === 'serial-taken' && input.serial)) return { kind: 'created', serial };
        if (outcome === 'name-taken') return refusal('TAG_NAME_EXISTS');
      }
      throw unavailable('contention', 'a free serial was not found');
    },

    /** Refuses 12101 for an unknown parent and 400 for a wrong name. */
    async createOrganization(
      company: Owner,
      input: { name: string; parent?: string | undefined; isActive: boolean; serial?: string },
    ): Promise<DirectoryOutcome> {
      const what = 'organization name';
      const name = properName(input.name, what, maxOrganizationName);
      if (name === null) return refusal('BAD_REQUEST', `${what} is required`);
      if (isWrong(name)) return refusal('BAD_REQUEST', name.wrong ?? ruleOf(what, maxOrganizationName));
      for (let tries = 0; tries < maxSerialTries; tries++) {
        const serial = input.serial ?? organizationSerial();
        const { isActive, parent: parentSerial = null } = input;
        const outcome = await store.addOrganization({
          id: uuidv7(now()),
          companyId: company.id,
          parentSerial,
          serial,
          name,
          isActive,
          createdAt: new Date(now()),
        });
        if (outcome === 'added' || (outcome === 'serial-taken' && input.serial)) return { kind: 'created', serial };
        if (outcome === 'parent-unknown') return refusal('ORGANIZATION_NOT_FOUND');
      }
      throw unavailable('contention', 'a free serial was not found');
    },
  };
}

/** What the name of a tag may be. */
export const tagNameRule = ruleOf('tag name', maxTagName);

/** Reads the name of a tag; null when empty. */
export function readTagName(value: unknown) {
  return properName(value, 'tag name', maxTagName);
}

/** Reads a part of a tag's name to search for; null when empty. */
export function readTagNamePart(value: unknown) {
  return composedText(value, 'name', maxTagName);
}

/** Returns the outcome of an entry that was refused. */
export function refusal(name: ErrorName, detail: string = errorDictionary[name].detail): Refused {
  return { kind: 'refused', name, detail };
}

function ruleOf(what: string, maxLength: number): string {
  return `${what} allows at most ${maxLength} characters and no control characters`;
}
