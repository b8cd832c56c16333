import type { Organization, Tag } from '../../users/ports.ts';
import { columnsOf } from './columns.ts';
import type { Sqlite } from './open.ts';
import type { Session } from './session.ts';
import { organizations, tags } from './tables.ts';

const tagColumns = columnsOf({ id: tags.id, serial: tags.serial, name: tags.name });
const organizationColumns = columnsOf({
  id: organizations.id,
  serial: organizations.serial,
  name: organizations.name,
  isActive: organizations.isActive,
});

/** Finds the tags and organizations of one company by serial; undefined for an unknown one. */
export interface References {
  tag: (serial: string) => (Tag & { id: string }) | undefined;
  organization: (serial: string) => (Organization & { id: string }) | undefined;
}

/**
 * Makes the function that opens the references of a company for the time of one transaction: it remembers what it read.
 */
export function makeFindReferences({ prepare }: Pick<Sqlite, 'prepare'>) {
  const tagBySerial = prepare(`select ${tagColumns.list} from tags where company_id = ? and serial = ?`, (values) =>
    tagColumns.read(values),
  );
  const organizationBySerial = prepare(
    `select ${organizationColumns.list} from organizations where company_id = ? and serial = ?`,
    (values) => organizationColumns.read(values),
  );
  return (session: Session, companyId: string): References => ({
    tag: remembered((serial) => session.get(tagBySerial, companyId, serial)),
    organization: remembered((serial) => session.get(organizationBySerial, companyId, serial)),
  });
}

/** Finds the tags and the organization of a user; null if one of them is gone or the organization is inactive. */
export function linkedBy(
  references: References,
  { tagSerials, organizationSerial }: { tagSerials: readonly string[]; organizationSerial: string | null },
) {
  const tags = tagSerials.map(references.tag);
  const organization = organizationSerial === null ? null : references.organization(organizationSerial);
  if (!tags.every((tag) => tag !== undefined) || organization === undefined || organization?.isActive === false)
    return null;
  return { tags, organization };
}

/** The users of a batch have the same tags and the same organization. */
function remembered<Value>(find: (serial: string) => Value): (serial: string) => Value {
  const known = new Map<string, Value>();
  return (serial) => {
    if (!known.has(serial)) known.set(serial, find(serial));
    return known.get(serial) as Value;
  };
}
