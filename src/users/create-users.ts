import type { OutboxEntry } from '../mail/ports.ts';
import { uuidv7 } from '../uuid.ts';
import {
  type Candidate,
  conflictsIn,
  isSome,
  type Keys,
  noKeys,
  problem,
  problemsOf,
  takenProblem,
  wantedBy,
} from './conflicts.ts';
import { type ErrorName, Refusal } from '../errors/error-dictionary.ts';
import { type CreateUserInput, type FieldRules, type Fields, type Problem, readFields } from './fields.ts';
import { type Hasher, laneOf } from '../passwords/hash.ts';
import {
  checkIdempotencyKey,
  type Idempotency,
  LostHold,
  progressOf,
  type Reservation,
  type Settled,
} from './idempotency.ts';
import { generatePassword } from '../passwords/password.ts';
import type { AddOutcome, NewEntry, UniqueField, User, UserStore } from './ports.ts';
import { userSerial } from './serial.ts';

/** Fields without a problem. */
export type WellFormed = { [F in keyof Fields]: Exclude<Fields[F], undefined> };

export type CreateUserOutcome =
  | { user: User; passwordDelivery: 'EMAIL' | 'NONE' }
  /** Every check passed and nothing was written: a dry run, or a batch that another user stopped. */
  | { valid: WellFormed & { password: null }; passwordDelivery: 'EMAIL' | 'NONE' }
  /** An earlier import of this row made the user. */
  | { imported: true }
  /** At least one; the first is what REST answers. */
  | { problems: [Problem, ...Problem[]] };

export interface CreateUsersOptions {
  /** SKIP creates the good ones, ABORT all or none. */
  onError?: 'SKIP' | 'ABORT';
  /** Makes every check and writes nothing. */
  dryRun?: boolean;
  /** 1 to 255 visible ASCII characters; not looked at in a dry run. */
  idempotencyKey?: string | null | undefined;
  /** For each input the row of a file that it comes from. */
  importKeys?: readonly string[];
  /** Keys of the users that dry runs before this one would have made; those of this one join them. */
  before?: Keys | undefined;
}

export interface CreateUsersOutcome {
  /** One for each input, in order. */
  results: CreateUserOutcome[];
  /** The idempotency key was known: these are the results of its first request. */
  replayed: boolean;
}

type Owner = { clientId: string; companyId: string };
export type CreateUsers = (
  caller: Owner,
  inputs: readonly CreateUserInput[],
  options?: CreateUsersOptions,
) => Promise<CreateUsersOutcome>;

export interface CreateUsersNeeds {
  store: Pick<UserStore, 'lookUp' | 'add' | 'findAll'>;
  idempotency: Idempotency;
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

/** Users that one call may ask for. */
export const batchLimit = 1_000;
/** Users that one transaction of a SKIP batch adds: it holds SQLite's one writer for some milliseconds. */
const chunkSize = 200;

/**
 * The main job, for one user or many: users of the caller's company, each whole or not at all, its password mail in the
 * same transaction. The results are those of one call after the other, so that of two inputs with one employee id the
 * first wins. Every problem is told at once; throws a Refusal for 429, 503 and a malformed idempotency key.
 */
export function makeCreateUsers(needs: CreateUsersNeeds): CreateUsers {
  return async function createUsers(caller, inputs, options = {}) {
    const { dryRun = false, idempotencyKey = null, onError = 'SKIP', before } = options;
    if (idempotencyKey !== null) checkIdempotencyKey(idempotencyKey);
    if (!dryRun) await needs.rateLimit(caller.clientId, inputs.length);
    // In an overload a refusal costs as little as it can, so that the others are created.
    if (!dryRun && inputs.length === 1)
      needs.hasher.admit(inputs[0]!.password ? 'chosen' : 'generated', laneOf(caller.clientId, 1));
    const rules = await needs.rules();
    const candidates = inputs.map((input, index): Candidate => {
      const { fields, problems } = readFields(input, rules);
      return { index, input, fields, formProblems: problems, importKey: options.importKeys?.[index] ?? null };
    });
    const none = inputs.map(() => null);
    if (idempotencyKey === null || dryRun)
      return { results: await makeBatch(caller, candidates, none, null, { dryRun, onError, before }), replayed: false };

    // A batch of one is the single call.
    const operation = inputs.length > 1 ? `createUsers ${onError}` : 'createUser';
    const begun = await needs.idempotency.begin(caller.clientId, idempotencyKey, [
      operation,
      candidates.map(normalised),
    ]);
    if ('replay' in begun)
      return { results: (await recall(caller, begun.replay)) as CreateUserOutcome[], replayed: true };
    const refused = (name: ErrorName) => ({
      results: inputs.map(() => ({ problems: [problem(name, ['idempotencyKey'])] }) as CreateUserOutcome),
      replayed: false,
    });
    if ('refused' in begun) return refused(begun.refused);
    try {
      const settled = begun.settled ? await recall(caller, begun.settled) : none;
      return {
        results: await makeBatch(caller, candidates, settled, begun.reservation, { dryRun, onError }),
        replayed: false,
      };
    } catch (error) {
      if (error instanceof LostHold) return refused('IDEMPOTENCY_KEY_IN_USE');
      throw error;
    } finally {
      await begun.reservation.release();
    }
  };

  /** `results` holds what an earlier call with the same key has settled. */
  async function makeBatch(
    caller: Owner,
    candidates: readonly Candidate[],
    results: (CreateUserOutcome | null)[],
    reservation: Reservation | null,
    { dryRun, onError, ...given }: { dryRun: boolean; onError: 'SKIP' | 'ABORT'; before?: Keys | undefined },
  ): Promise<CreateUserOutcome[]> {
    const open = () => candidates.filter(({ index }) => results[index] === null);
    const whole = dryRun || onError === 'ABORT';
    let complete = reservation === null;
    for (;;) {
      const before = given.before ?? noKeys();
      for (let from = 0; from < candidates.length; from += chunkSize) {
        const chunk = open().filter(({ index }) => index < from + chunkSize && (!whole || index >= from));
        if (chunk.length === 0) continue;
        try {
          const found = await needs.store.lookUp(caller.companyId, chunk.map(wantedBy));
          for (const [at, candidate] of chunk.entries()) {
            const problems = problemsOf(candidate, found[at]!, before);
            results[candidate.index] = found[at]!.imported
              ? { imported: true }
              : isSome(problems)
                ? { problems }
                : null;
          }
          const good = whole ? [] : chunk.filter(({ index }) => results[index] === null);
          if (good.length > 0) await create(good, false);
        } catch (error) {
          // What was created is told and stands in the record already; what could not be tried now is told too.
          if (!(error instanceof Refusal) || !results.some((result) => result && 'user' in result)) throw error;
          for (const { index } of open())
            results[index] = { problems: [{ name: error.entry, detail: error.message, path: [] }] };
          complete = true;
        }
      }
      const good = open();
      if (!whole || good.length === 0) break;
      if (dryRun || good.length < candidates.length) {
        for (const { index, fields } of good)
          results[index] = {
            valid: { ...(fields as WellFormed), password: null },
            passwordDelivery: deliveryOf(fields as WellFormed),
          };
        break;
      }
      // Somebody was faster with one of them: nothing was written, and all are checked again.
      if (await create(good, true)) break;
    }
    if (!complete && results.some((result) => result && 'user' in result))
      await reservation!.note(results.map(settledAs));
    return results as CreateUserOutcome[];

    /** Hashes and writes; fills in the results. False when nothing was written because one of all could not be. */
    async function create(good: Candidate[], allOrNone: boolean): Promise<boolean> {
      const hashed = await hashAll(caller, good, reservation);
      for (let waiting = hashed.map(entryOf); waiting.length > 0;) {
        const record = reservation
          ? { hold: reservation.hold, progress: (added: readonly AddOutcome[]) => progressOf(settledWith(added)) }
          : undefined;
        const settledWith = (added: readonly AddOutcome[]): Settled[] => {
          const settled = results.map(settledAs);
          for (const [at, { candidate, entry }] of waiting.entries())
            settled[candidate.index] = added[at]!.outcome === 'added' ? entry.user.serial : null;
          return settled;
        };
        const added = await needs.store.add(
          caller.companyId,
          waiting.map(({ entry }) => entry),
          { allOrNone, record },
        );
        if (!added) throw new LostHold();
        if (allOrNone && added.some(({ outcome }) => outcome !== 'added')) return false;
        complete ||= !settledWith(added).includes(null);
        if (waiting.some(({ entry }, at) => entry.mail && added[at]!.outcome === 'added')) needs.wakeDelivery();
        waiting = await settle(waiting, added);
      }
      return true;
    }

    /** Fills in what became of each entry; answers those to try again. */
    async function settle(waiting: Waiting[], added: readonly AddOutcome[]): Promise<Waiting[]> {
      const again: Waiting[] = [];
      const refused: [Waiting, Exclude<AddOutcome, { outcome: 'added' }>][] = [];
      for (const [at, one] of waiting.entries()) {
        const outcome = added[at]!;
        if (outcome.outcome === 'added')
          results[one.candidate.index] = { user: outcome.user, passwordDelivery: one.entry.mail ? 'EMAIL' : 'NONE' };
        else if (outcome.outcome === 'taken' && outcome.field === 'serial') again.push(entryOf(one));
        else refused.push([one, outcome]);
      }
      // Somebody was faster. The list is made anew, as a request a moment later would get it.
      const found =
        refused.length > 0
          ? await needs.store.lookUp(
              caller.companyId,
              refused.map(([{ candidate }]) => wantedBy(candidate)),
            )
          : [];
      for (const [at, [one, outcome]] of refused.entries()) {
        const problems = conflictsIn(found[at]!, one.candidate);
        if (found[at]!.imported) results[one.candidate.index] = { imported: true };
        else if (isSome(problems)) results[one.candidate.index] = { problems };
        else if (outcome.outcome === 'taken' && outcome.field !== 'importKey')
          results[one.candidate.index] = { problems: [takenProblem(outcome.field as UniqueField)] };
        else again.push(entryOf(one));
      }
      return again;
    }

    function entryOf({ candidate, password, passwordHash }: Hashed): Waiting {
      const { password: _, ...user } = candidate.fields as WellFormed;
      const serial = userSerial(user.name);
      const entry: NewEntry = {
        user: {
          ...user,
          id: uuidv7(needs.now(), candidate.index),
          companyId: caller.companyId,
          serial,
          passwordHash,
          importKey: candidate.importKey,
          createdAt: new Date(needs.now()),
        },
        mail: user.email === null ? null : needs.sealMail(serial, password),
      };
      return { candidate, password, passwordHash, entry };
    }
  }

  /** A batch has no more hashes waiting than run at once, so that it holds up nobody; a single call is refused when too many wait. */
  async function hashAll(
    caller: Owner,
    good: readonly Candidate[],
    reservation: Reservation | null,
  ): Promise<Hashed[]> {
    const hashed: Hashed[] = [];
    const left = good.entries();
    const { passwordMinLength } = await needs.rules();
    const lane = laneOf(caller.clientId, good.length);
    const work = async (): Promise<void> => {
      for (const [at, candidate] of left) {
        const chosen = candidate.fields.password ?? null;
        const password = chosen ?? generatePassword(passwordMinLength);
        const passwordHash = await (chosen === null
          ? needs.hasher.generated(password, lane)
          : needs.hasher.chosen(password, lane));
        hashed[at] = { candidate, password, passwordHash };
        await reservation?.prolong();
      }
    };
    await Promise.all(Array.from({ length: Math.min(needs.hasher.concurrency, good.length) }, work));
    return hashed;
  }

  /** The results of an earlier call. */
  async function recall(caller: Owner, settled: readonly Settled[]): Promise<(CreateUserOutcome | null)[]> {
    const serials = settled.filter((one) => typeof one === 'string');
    const users = new Map(
      (serials.length > 0 ? await needs.store.findAll(caller.companyId, serials) : []).map((user) => [
        user.serial,
        user,
      ]),
    );
    return settled.map((one) => {
      if (one === null) return null;
      if (typeof one !== 'string') return { problems: one };
      const user = users.get(one)!;
      return { user, passwordDelivery: deliveryOf(user) };
    });
  }
}

interface Hashed {
  candidate: Candidate;
  password: string;
  passwordHash: string;
}

type Waiting = Hashed & { entry: NewEntry };

/** What is compared with another request of the same idempotency key: normalised fields, malformed ones as they came. */
function normalised({ fields, input }: Candidate): unknown {
  return Object.entries(fields).map(([name, value]) =>
    value === undefined ? { given: input[name as keyof CreateUserInput] } : value,
  );
}

function settledAs(result: CreateUserOutcome | null): Settled {
  if (result === null) return null;
  if ('user' in result) return result.user.serial;
  return 'problems' in result && result.problems[0].name !== 'SERVICE_UNAVAILABLE' ? result.problems : null;
}

const deliveryOf = ({ email }: { email: string | null }): 'EMAIL' | 'NONE' => (email === null ? 'NONE' : 'EMAIL');
