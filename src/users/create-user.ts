import type { OutboxEntry } from '../mail/ports.ts';
import { uuidv7 } from '../uuid.ts';
import { errorDictionary, type ErrorName } from './error-dictionary.ts';
import { type CreateUserInput, type FieldRules, type Fields, type Problem, readFields } from './fields.ts';
import type { Hasher } from './hash.ts';
import { generatePassword } from './password.ts';
import { type Findings, foldKey, type NewUser, type UniqueField, uniqueFields, type User, type UserStore } from './ports.ts';
import { userSerial } from './serial.ts';

export type CreateUserOutcome =
  | { user: User; passwordDelivery: 'EMAIL' | 'NONE' }
  /** At least one; the first is what REST answers. */
  | { problems: [Problem, ...Problem[]] };

export type CreateUser = (caller: { clientId: string; companyId: string }, input: CreateUserInput) => Promise<CreateUserOutcome>;

export interface CreateUserNeeds {
  store: UserStore;
  hasher: Hasher;
  rules: () => Promise<FieldRules>;
  /** Counts users asked for; throws 429. */
  rateLimit: (clientId: string, users: number) => Promise<void>;
  /** The mail with the password, sealed for the outbox. */
  sealMail: (userSerial: string, password: string) => OutboxEntry;
  /** Called after the commit that queued a mail. */
  wakeDelivery: () => void;
  now: () => number;
}

/**
 * The main job: a user of the caller's company, whole or not at all, its password mail in the same transaction.
 * Every problem of the input is told at once; throws a Refusal for 429 and 503.
 */
export function makeCreateUser(needs: CreateUserNeeds): CreateUser {
  return async function createUser(caller, input) {
    await needs.rateLimit(caller.clientId, 1);
    const { fields, problems } = readFields(input, await needs.rules());
    // Look for conflicts before hashing: a duplicate costs no hash.
    problems.push(...conflictsIn(await needs.store.lookUp(caller.companyId, wantedBy(fields)), fields, input));
    if (isSome(problems)) return { problems };

    const { password: chosen, ...user } = fields as WellFormed;
    const password = chosen ?? generatePassword();
    const passwordHash = await (chosen === null ? needs.hasher.generated : needs.hasher.chosen)(password);
    const written = { ...user, id: uuidv7(needs.now()), companyId: caller.companyId, passwordHash, createdAt: new Date(needs.now()) };
    return write(caller, written, password, fields, input);
  };

  async function write(
    caller: { companyId: string },
    user: Omit<NewUser, 'serial'>,
    password: string,
    fields: Fields,
    input: CreateUserInput,
  ): Promise<CreateUserOutcome> {
    for (;;) {
      const serial = userSerial(user.name);
      const mail = user.email === null ? null : needs.sealMail(serial, password);
      const added = await needs.store.add({ ...user, serial }, mail);
      if (added.outcome === 'added') {
        if (mail) needs.wakeDelivery();
        return { user: added.user, passwordDelivery: mail ? 'EMAIL' : 'NONE' };
      }
      if (added.outcome === 'taken' && added.field === 'serial') continue;
      // Somebody was faster. The list is made anew, as a request a moment later would get it.
      const problems = conflictsIn(await needs.store.lookUp(caller.companyId, wantedBy(fields)), fields, input);
      if (isSome(problems)) return { problems };
      if (added.outcome === 'taken' && added.field !== 'serial') return { problems: [takenProblem(added.field)] };
    }
  }
}

/** Fields without a problem. */
type WellFormed = { [F in keyof Fields]: Exclude<Fields[F], undefined> };

const takenNames: Record<UniqueField, ErrorName> = {
  employeeID: 'USER_EMPLOYEE_ID_EXISTS',
  email: 'USER_EMAIL_EXISTS',
  phone: 'USER_PHONE_EXISTS',
  username: 'USER_USERNAME_EXISTS',
};

function wantedBy(fields: Fields) {
  const keys = Object.fromEntries(uniqueFields.flatMap((field) => (fields[field] ? [[field, foldKey(fields[field])]] : [])));
  return { ...keys, tagSerials: fields.tagSerials ?? [], organizationSerial: fields.organizationSerial ?? null };
}

function conflictsIn(found: Findings, fields: Fields, input: CreateUserInput): Problem[] {
  const given = Array.isArray(input.tagSerials) ? input.tagSerials : [];
  const organization = ['organizationSerial'];
  return [
    ...uniqueFields.filter((field) => found.taken.includes(field)).map(takenProblem),
    ...(fields.tagSerials ?? [])
      .filter((serial) => found.unknownTags.includes(serial))
      .map((serial) => problem('TAG_NOT_FOUND', ['tagSerials', String(given.indexOf(serial))])),
    ...(found.organization === 'unknown' ? [problem('ORGANIZATION_NOT_FOUND', organization)] : []),
    ...(found.organization === 'inactive' ? [problem('ORGANIZATION_INACTIVE', organization)] : []),
  ];
}

function takenProblem(field: UniqueField): Problem {
  return problem(takenNames[field], [field]);
}

function problem(name: ErrorName, path: string[]): Problem {
  return { name, detail: errorDictionary[name].detail, path };
}

function isSome<T>(list: T[]): list is [T, ...T[]] {
  return list.length > 0;
}
