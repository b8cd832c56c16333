import { errorDictionary } from '../errors/error-dictionary.ts';
import { isWrong, oneLine } from '../text.ts';
import { isSome, problem, takenProblem, type UsedKeys } from '../users/conflicts.ts';
import { readIsActive } from '../users/fields.ts';
import { importKeyPrefix } from '../users/idempotency.ts';
import type { UpsertMode } from '../users/plan-upserts.ts';
import { foldKey, type UniqueField, uniqueFields } from '../users/ports.ts';
import { ownersInFile } from '../users/value-owners.ts';
import {
  type Answer,
  type ApiResult,
  assertUsable,
  type Done,
  doneKinds,
  firstCode,
  isDone,
  isRefused,
  isTemporary,
  mutationOf,
  type Refused,
  type Valid,
} from './api-answer.ts';
import { type Call, TooLarge } from './api-client.ts';
import { CannotImport, type ImportRow, type RowOutcome, type RowProblem, type Target } from './ports.ts';

/** A result of the API. `isReplayed`: an earlier run created the user, not a lost answer of this one. */
type Result = (Done & { isReplayed: boolean }) | Valid | Refused;

/** How rows are sent. */
interface Sending {
  isDryRun: boolean;
  mode: UpsertMode | null;
  /** Makes the idempotency key another one than that of the first call with the same rows. */
  suffix: string;
}

/** What the target needs. */
export interface GatewayTargetNeeds {
  call: Call;
  /** The keys of the rows before, in a dry run; else null. */
  dryRun: UsedKeys | null;
  /** Changes users who are there; null only creates. */
  mode?: UpsertMode | null;
}

/**
 * Makes the target that creates or changes users through the API of a gateway. The idempotency key of a call is made of
 * the file's hash and of its lines, so that a chunk that is sent again within 24 hours, by this run or another, gets
 * its first result; then an upsert looks again (docs/decisions/0092).
 */
export function makeGatewayTarget({ call, dryRun, mode = null }: GatewayTargetNeeds): Target {
  const send = makeSend(call, mode);
  const seen = dryRun && valuesSeen(dryRun, mode);

  return async (rows) => {
    // GraphQL takes only a boolean: rows without one get the other checks by a dry run.
    const isReadable = ({ input }: ImportRow): boolean => typeof input.isActive === 'boolean';
    const withStatus = rows.filter(isReadable);
    const withoutStatus = rows
      .filter((row) => !isReadable(row))
      .map((row) => ({ ...row, input: { ...row.input, isActive: true } }));
    const results = (await send(withStatus, dryRun !== null)).values();
    const checks = (await send(withoutStatus, true)).values();
    return rows.map((row): RowOutcome => {
      if (isReadable(row)) return outcomeOf(results.next().value!, seen);
      const others = problemsOf(checks.next().value!, seen);
      return { kind: 'rejected', problems: addStatusProblem(others, row.input.isActive) };
    });
  };
}

/** Makes the function that sends rows and takes the national one of a phone's two readings. */
function makeSend(call: Call, mode: UpsertMode | null) {
  /** Spreadsheets drop leading zeros. The gateway knows its country and names both readings. */
  return async function send(rows: readonly ImportRow[], isDryRun: boolean): Promise<Result[]> {
    const results = await sendOnce(rows, { isDryRun, mode, suffix: '' });
    const phones = results.map(nationalReading);
    const again = rows.flatMap((row, at) => {
      const phone = phones[at];
      return phone ? [{ ...row, input: { ...row.input, phone } }] : [];
    });
    const second = (await sendOnce(again, { isDryRun, mode, suffix: ':national' })).values();
    return results.map((result, at) => (phones[at] ? second.next().value! : result));
  };

  async function sendOnce(rows: readonly ImportRow[], sending: Sending): Promise<Result[]> {
    if (rows.length === 0) return [];
    const { isDryRun, mode, suffix } = sending;
    const prefix = mode === null ? importKeyPrefix : `${importKeyPrefix}${mode}:`;
    const idempotencyKey = `${prefix}${rows[0]!.key}-${rows.at(-1)!.line}:${rows.length}${suffix}`;
    const inputs = rows.map(({ input }) => input);
    const variables = { inputs, ...(mode && { mode }), dryRun: isDryRun, idempotencyKey };
    try {
      const { data, repeated } = await call<Answer>(mutationOf(mode), variables, isTemporary);
      const { results, replayed } = data.users;
      assertUsable(results);
      const isReplayed = replayed && !repeated;
      if (isReplayed && mode !== null) return await upsertAgain(rows, results, { ...sending, mode });
      return results.map((result) => (isDone(result) ? { ...result, isReplayed } : result));
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      if (rows.length === 1) return [tooLargeResult(error)];
      // The same file meets the same limit at the same rows, so that the keys stay the same.
      const half = Math.ceil(rows.length / 2);
      const first = await sendOnce(rows.slice(0, half), sending);
      return [...first, ...(await sendOnce(rows.slice(half), sending))];
    }
  }

  /**
   * Sends rows that an earlier run sent, as users may have changed since. Whom that run has written is not created
   * again: a user who is gone was erased, which the earlier result says or 10105 will.
   */
  async function upsertAgain(
    rows: readonly ImportRow[],
    earlier: readonly ApiResult[],
    sending: Sending & { mode: UpsertMode },
  ): Promise<Result[]> {
    const suffix = `${sending.suffix}:${crypto.randomUUID()}`;
    const modes = earlier.map((result): UpsertMode => {
      const isErased = firstCode(result) === errorDictionary.USER_NOT_FOUND.errorCode;
      return isDone(result) || isErased ? 'UPDATE_ONLY' : sending.mode;
    });
    const sendThose = async (mode: UpsertMode) =>
      (
        await sendOnce(
          rows.filter((_, at) => modes[at] === mode),
          { ...sending, mode, suffix },
        )
      ).values();
    const results = {
      UPDATE_ONLY: await sendThose('UPDATE_ONLY'),
      CREATE_OR_UPDATE: await sendThose('CREATE_OR_UPDATE'),
    };
    return modes.map((mode) => results[mode].next().value!);
  }
}

function tooLargeResult({ errorCode, entry, message }: TooLarge): Refused {
  return { __typename: 'CreateUserError', problems: [{ errorCode, message: entry, detail: message, path: [] }] };
}

/** Returns a phone's national reading, with a plus; null when the phone does not have two readings. */
function nationalReading(result: Result): string | null {
  if (!isRefused(result)) return null;
  const { errorCode } = errorDictionary.USER_PHONE_INVALID;
  const refused = result.problems.find((one) => one.errorCode === errorCode);
  return /two readings, (\+\d+) and/.exec(refused?.detail ?? '')?.[1] ?? null;
}

/** The unique values of the rows before, in a dry run. */
interface ValuesSeen {
  takenIn(result: Valid): UniqueField[];
  add(result: Valid): void;
}

/** Makes what a dry run knows of the rows before. In an upsert a second row may speak of the same user. */
function valuesSeen(usedKeys: UsedKeys, mode: UpsertMode | null): ValuesSeen {
  const keyIn = (result: Valid, field: UniqueField): string => foldKey(result[field] ?? '');
  const filled = (result: Valid) => uniqueFields.filter((field) => result[field] !== null);
  if (mode === null)
    return {
      takenIn: (result) => uniqueFields.filter((field) => usedKeys[field].has(keyIn(result, field))),
      add: (result) => filled(result).forEach((field) => usedKeys[field].add(keyIn(result, field))),
    };
  const owners = ownersInFile(usedKeys);
  const ownerOf = (result: Valid): string => keyIn(result, 'employeeID');
  return {
    takenIn: (result) =>
      filled(result).filter((field) => owners.isTaken(field, keyIn(result, field), ownerOf(result), false)),
    add: (result) => filled(result).forEach((field) => owners.give(field, keyIn(result, field), ownerOf(result))),
  };
}

/** Translates a result. In a dry run it must be called in the order of the rows: their values count as taken. */
function outcomeOf(result: Result, seen: ValuesSeen | null): RowOutcome {
  const problems = problemsOf(result, seen);
  if (isSome(problems)) return { kind: 'rejected', problems };
  switch (result.__typename) {
    case 'UserCreated':
    case 'UserUpdated':
    case 'UserUnchanged':
      return result.isReplayed
        ? { kind: 'imported', phone: null }
        : { kind: doneKinds[result.__typename], phone: result.user.phone };
    case 'UserValid':
      seen?.add(result);
      return { kind: 'valid', action: result.action ?? 'CREATE', phone: result.phone };
    case 'CreateUserError':
    case 'UpsertUserError':
      throw new CannotImport('the gateway refuses a row without a problem');
  }
}

/** Returns the problems of a result; in a dry run also duplicates of the rows before. */
function problemsOf(result: Result, seen: ValuesSeen | null): RowProblem[] {
  if (isRefused(result))
    return result.problems.map(({ errorCode, message, detail, path }) => ({
      errorCode: Number(errorCode),
      name: oneLine(String(message)),
      detail: oneLine(String(detail)),
      path,
    }));
  return result.__typename === 'UserValid' && seen
    ? seen.takenIn(result).map((field) => numbered(takenProblem(field)))
    : [];
}

/** Adds 10120 in its place: behind 10105, it is the last format problem before those of tags and organization. */
function addStatusProblem(others: readonly RowProblem[], isActive: unknown): [RowProblem, ...RowProblem[]] {
  const status = numbered(problem('USER_IS_ACTIVE_REQUIRED', ['isActive']));
  const read = readIsActive(isActive);
  if (isWrong(read) && read.wrong) status.detail = read.wrong;
  const isBefore = ({ errorCode }: RowProblem): boolean =>
    errorCode >= errorDictionary.USER_NOT_FOUND.errorCode && errorCode < status.errorCode;
  const [first = status, ...rest] = [...others.filter(isBefore), status, ...others.filter((one) => !isBefore(one))];
  return [first, ...rest];
}

function numbered(one: ReturnType<typeof problem>): RowProblem {
  return { ...one, errorCode: errorDictionary[one.name].errorCode };
}
