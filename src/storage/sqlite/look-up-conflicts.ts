import { setImmediate } from 'node:timers/promises';
import {
  type ConflictQuery,
  type ConflictReport,
  type UniqueField,
  uniqueFields,
  type UserStore,
} from '../../users/ports.ts';
import { makeFindReferences, type References } from './find-references.ts';
import type { Sqlite } from './open.ts';
import { onlyValue, type Session } from './session.ts';

/** Makes the look-up of everything that a user to be created may conflict with. */
export function makeLookUpConflicts({
  run,
  snapshot,
  prepare,
}: Pick<Sqlite, 'run' | 'snapshot' | 'prepare'>): UserStore['lookUp'] {
  const findReferences = makeFindReferences({ prepare });
  const holderOf = (column: string) => prepare<object>(`select 1 from users where company_id = ? and ${column} = ?`);
  const holders = {
    employeeID: holderOf('employee_id_key'),
    email: holderOf('email_key'),
    phone: holderOf('phone'),
    username: holderOf('username_key'),
  };
  const imported = prepare(
    `select iif(exists (select 1 from users where company_id = $companyId and import_key = $key), 'created',
      iif(exists (select 1 from erased_users where company_id = $companyId and import_key = $key), 'erased', null))`,
    onlyValue<'created' | 'erased' | null>,
  );

  function lookUp(session: Session, companyId: string, query: ConflictQuery, references: References): ConflictReport {
    const isTaken = (field: UniqueField): boolean =>
      query[field] !== undefined && session.get(holders[field], companyId, query[field]) !== undefined;
    const key = query.importKey;
    return {
      taken: uniqueFields.filter(isTaken),
      imported: (key !== null && session.get(imported, { companyId, key })) || false,
      unknownTags: query.tagSerials.filter((serial) => !references.tag(serial)),
      organization: stateOf(query.organizationSerial, references),
    };
  }

  return async (companyId, queries) => {
    const lookUpAll = (session: Session) => {
      const references = findReferences(session, companyId);
      return queries.map((query) => lookUp(session, companyId, query, references));
    };
    // Each select takes and frees a lock, unless it is in a transaction, which costs as much as a few of them.
    if (queries.length === 1) return run(lookUpAll);
    // A chunk takes up to 0.1 s, and a refused batch does nothing else: other requests are answered in between.
    await setImmediate();
    return snapshot(lookUpAll);
  };
}

function stateOf(serial: string | null, references: References): ConflictReport['organization'] {
  if (serial === null) return 'none';
  const organization = references.organization(serial);
  if (!organization) return 'unknown';
  return organization.isActive ? 'active' : 'inactive';
}
