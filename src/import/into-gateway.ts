import { errorDictionary } from '../errors/error-dictionary.ts';
import { isWrong, oneLine } from '../text.ts';
import { isSome, problem, takenProblem, type UsedKeys } from '../users/conflicts.ts';
import { readIsActive } from '../users/fields.ts';
import { importKeyPrefix } from '../users/idempotency.ts';
import { foldKey, type UniqueField, uniqueFields } from '../users/ports.ts';
import { type Call, TooLarge } from './api-client.ts';
import { CannotImport, type ImportRow, type RowOutcome, type RowProblem, type Target } from './ports.ts';

const mutation = /* GraphQL */ `
  mutation Import($inputs: [CreateUserInput!]!, $dryRun: Boolean, $idempotencyKey: String) {
    createUsers(inputs: $inputs, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      replayed
      results {
        __typename
        ... on UserCreated {
          user {
            phone
          }
        }
        ... on UserValid {
          employeeID
          username
          email
          phone
        }
        ... on CreateUserError {
          problems {
            errorCode
            message
            detail
            path
          }
        }
      }
    }
  }
`;

type Created = { __typename: 'UserCreated'; user: { phone: string | null } };
type Valid = { __typename: 'UserValid' } & Record<UniqueField, string | null>;
type Refused = { __typename: 'CreateUserError'; problems: [ApiProblem, ...ApiProblem[]] };
type ApiProblem = Omit<RowProblem, 'name'> & { message: string };
interface Answer {
  createUsers: { results: (Created | Valid | Refused)[]; replayed: boolean };
}

/** A result of the API. `isReplayed`: an earlier run created the user, not a lost answer of this one. */
type Result = (Created & { isReplayed: boolean }) | Valid | Refused;

/**
 * Makes the target that creates users through the API of a gateway. The idempotency key of a call is made of the file's
 * hash and of its lines, so that a chunk that is sent again within 24 hours, by this run or another, gets its first
 * result.
 * @param dryRun the keys of the rows before, in a dry run; else null
 */
export function makeGatewayTarget({ call, dryRun }: { call: Call; dryRun: UsedKeys | null }): Target {
  const send = makeSend(call);

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
      if (isReadable(row)) return outcomeOf(results.next().value!, dryRun);
      const others = problemsOf(checks.next().value!, dryRun);
      return { kind: 'rejected', problems: addStatusProblem(others, row.input.isActive) };
    });
  };
}

/** Makes the function that sends rows and takes the national one of a phone's two readings. */
function makeSend(call: Call) {
  /** Spreadsheets drop leading zeros. The gateway knows its country and names both readings. */
  return async function send(rows: readonly ImportRow[], isDryRun: boolean): Promise<Result[]> {
    const results = await sendOnce(rows, isDryRun);
    const phones = results.map(nationalReading);
    const again = rows.flatMap((row, at) => {
      const phone = phones[at];
      return phone ? [{ ...row, input: { ...row.input, phone } }] : [];
    });
    const second = (await sendOnce(again, isDryRun, ':national')).values();
    return results.map((result, at) => (phones[at] ? second.next().value! : result));
  };

  async function sendOnce(rows: readonly ImportRow[], isDryRun: boolean, suffix = ''): Promise<Result[]> {
    if (rows.length === 0) return [];
    const idempotencyKey = `${importKeyPrefix}${rows[0]!.key}-${rows.at(-1)!.line}:${rows.length}${suffix}`;
    const variables = { inputs: rows.map(({ input }) => input), dryRun: isDryRun, idempotencyKey };
    try {
      const { data, repeated } = await call<Answer>(mutation, variables, isTemporary);
      const { results, replayed } = data.createUsers;
      refuseUnknownTypes(results);
      refuseReusedKey(results);
      const isReplayed = replayed && !repeated;
      return results.map((result) => (result.__typename === 'UserCreated' ? { ...result, isReplayed } : result));
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      if (rows.length === 1) return [tooLargeResult(error)];
      // The same file meets the same limit at the same rows, so that the keys stay the same.
      const half = Math.ceil(rows.length / 2);
      const first = await sendOnce(rows.slice(0, half), isDryRun, suffix);
      return [...first, ...(await sendOnce(rows.slice(half), isDryRun, suffix))];
    }
  }
}

function tooLargeResult({ errorCode, entry, message }: TooLarge): Refused {
  return { __typename: 'CreateUserError', problems: [{ errorCode, message: entry, detail: message, path: [] }] };
}

function refuseUnknownTypes(results: readonly { __typename?: unknown }[]): void {
  const known: unknown[] = ['UserCreated', 'UserValid', 'CreateUserError'];
  if (!results.every(({ __typename }) => known.includes(__typename)))
    throw new CannotImport('the gateway answers a kind of result that this import does not know');
}

function refuseReusedKey(results: Answer['createUsers']['results']): void {
  const { errorCode } = errorDictionary.IDEMPOTENCY_KEY_REUSED;
  if (results.some((result) => firstCode(result) === errorCode))
    throw new CannotImport(
      'the gateway reads these rows differently from an import of this file within the last 24 hours, ' +
        `as if its configuration had changed (${errorCode})`,
    );
}

/** Whether a call must be made again with the same key: its first one still runs, or a row could not be written now. */
function isTemporary({ createUsers }: Answer): boolean {
  const { IDEMPOTENCY_KEY_IN_USE, SERVICE_UNAVAILABLE } = errorDictionary;
  const temporary: unknown[] = [IDEMPOTENCY_KEY_IN_USE.errorCode, SERVICE_UNAVAILABLE.errorCode];
  return createUsers.results.some((result) => temporary.includes(firstCode(result)));
}

function firstCode(result: Created | Valid | Refused): number | null {
  return result.__typename === 'CreateUserError' ? result.problems[0].errorCode : null;
}

/** Returns a phone's national reading, with a plus; null when the phone does not have two readings. */
function nationalReading(result: Result): string | null {
  if (result.__typename !== 'CreateUserError') return null;
  const { errorCode } = errorDictionary.USER_PHONE_INVALID;
  const refused = result.problems.find((one) => one.errorCode === errorCode);
  return /two readings, (\+\d+) and/.exec(refused?.detail ?? '')?.[1] ?? null;
}

/** Translates a result. In a dry run it must be called in the order of the rows: their keys count as taken. */
function outcomeOf(result: Result, dryRun: UsedKeys | null): RowOutcome {
  const problems = problemsOf(result, dryRun);
  if (isSome(problems)) return { kind: 'rejected', problems };
  switch (result.__typename) {
    case 'UserCreated':
      return result.isReplayed ? { kind: 'imported', phone: null } : { kind: 'created', phone: result.user.phone };
    case 'UserValid':
      if (dryRun)
        for (const field of uniqueFields) if (result[field] !== null) dryRun[field].add(foldKey(result[field]));
      return { kind: 'valid', phone: result.phone };
    case 'CreateUserError':
      throw new CannotImport('the gateway refuses a row without a problem');
  }
}

/** Returns the problems of a result; in a dry run also duplicates of the rows before. */
function problemsOf(result: Result, dryRun: UsedKeys | null): RowProblem[] {
  switch (result.__typename) {
    case 'CreateUserError':
      return result.problems.map(({ errorCode, message, detail, path }) => ({
        errorCode: Number(errorCode),
        name: oneLine(String(message)),
        detail: oneLine(String(detail)),
        path,
      }));
    case 'UserValid':
      return uniqueFields
        .filter((field) => dryRun?.[field].has(foldKey(result[field] ?? '')))
        .map((field) => numbered(takenProblem(field)));
    case 'UserCreated':
      return [];
  }
}

/** Adds 10120 in its place: it is the last format problem before those of tags and organization. */
function addStatusProblem(others: readonly RowProblem[], isActive: unknown): [RowProblem, ...RowProblem[]] {
  const status = numbered(problem('USER_IS_ACTIVE_REQUIRED', ['isActive']));
  const read = readIsActive(isActive);
  if (isWrong(read) && read.wrong) status.detail = read.wrong;
  const isBefore = ({ errorCode }: RowProblem): boolean =>
    errorCode > errorDictionary.USER_NOT_FOUND.errorCode && errorCode < status.errorCode;
  const [first = status, ...rest] = [...others.filter(isBefore), status, ...others.filter((one) => !isBefore(one))];
  return [first, ...rest];
}

function numbered(one: ReturnType<typeof problem>): RowProblem {
  return { ...one, errorCode: errorDictionary[one.name].errorCode };
}
