import type { noLimits } from '../access/limits.ts';
import { isWrong } from '../text.ts';
import { type DirectoryOutcome, readTagName, refusal, tagNameRule } from './create-directory-entries.ts';
import type { DirectoryStore } from './directory-store.ts';
import { type Caller, foldKey } from './ports.ts';

/** The needs of changing tags. */
export interface ChangeTagsNeeds {
  store: Pick<DirectoryStore, 'findTag' | 'renameTag' | 'deleteTag'>;
  limits: Pick<typeof noLimits, 'writes'>;
}

/**
 * Makes the renaming and the deletion of tags for a client. A tag counts like a user in its limits, which throw 429.
 */
export function makeChangeTags({ store, limits }: ChangeTagsNeeds) {
  async function rename(companyId: string, serial: unknown, given: unknown): Promise<DirectoryOutcome> {
    if (typeof serial !== 'string') return refusal('TAG_NOT_FOUND');
    const name = readTagName(given);
    if (name === null || isWrong(name)) {
      if (!(await store.findTag(companyId, serial))) return refusal('TAG_NOT_FOUND');
      return name === null ? refusal('TAG_NAME_INVALID') : refusal('TAG_NAME_INVALID', name.wrong ?? tagNameRule);
    }
    switch (await store.renameTag(companyId, serial, { name, nameKey: foldKey(name) })) {
      case 'renamed':
        return { kind: 'created', serial };
      case 'unknown':
        return refusal('TAG_NOT_FOUND');
      case 'name-taken':
        return refusal('TAG_NAME_EXISTS');
    }
  }

  return {
    /** Renames tags one after the other, so that a name that one sets free may be taken by the next. */
    async renameTags(
      { clientId, companyId }: Caller,
      items: readonly { serial: unknown; name: unknown }[],
    ): Promise<DirectoryOutcome[]> {
      await limits.writes(clientId, items.length);
      const outcomes: DirectoryOutcome[] = [];
      for (const { serial, name } of items) outcomes.push(await rename(companyId, serial, name));
      return outcomes;
    },

    /** Deletes tags, which their users lose. Returns for each whether it was there. */
    async deleteTags({ clientId, companyId }: Caller, serials: readonly unknown[]): Promise<boolean[]> {
      await limits.writes(clientId, serials.length);
      const outcomes: boolean[] = [];
      for (const serial of serials)
        outcomes.push(typeof serial === 'string' && (await store.deleteTag(companyId, serial)));
      return outcomes;
    },
  };
}
