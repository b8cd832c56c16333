import type { Keys } from '../users/conflicts.ts';
import { isSome, problem, takenProblem } from '../users/conflicts.ts';
import { errorDictionary } from '../errors/error-dictionary.ts';
import { foldKey, type UniqueField, uniqueFields } from '../users/ports.ts';
import { type Call, TooLarge } from './api-client.ts';
import { CannotImport, type ImportRow, type RowOutcome, type RowProblem, type Target } from './ports.ts';

const mutation = /* GraphQL */ `
  mutation Import($inputs: [CreateUserInput!]!, $dryRun: Boolean, $idempotencyKey: String) {
    createUsers(inputs: $inputs, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      replayed
      results {
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

type Unique = Record<UniqueField, string | null>;
type Result = { user: { phone: string | null }; earlier: boolean } | Unique | { problems: [Answered, ...Answered[]] };
interface Answer {
  createUsers: { results: Result[]; replayed: boolean };
}
type Answered = Omit<RowProblem, 'name'> & { message: string };

/**
 * Makes users through the API of a gateway. The key of a call is made of the file's hash and of its lines, so that one that is
 * repeated, by this run or by another one within 24 hours, gets its first result. `dryRun` holds the keys of the rows before.
 */
export function makeGatewayTarget({ call, dryRun }: { call: Call; dryRun: Keys | null }): Target {
  async function ask(rows: readonly ImportRow[], dry: boolean): Promise<Result[]> {
    if (rows.length === 0) return [];
    const idempotencyKey = `import:${rows[0]!.key}-${rows.at(-1)!.line}:${rows.length}`;
    const variables = { inputs: rows.map(({ input }) => input), dryRun: dry, idempotencyKey };
    try {
      const { data, repeated } = await call<Answer>(mutation, variables, isForNow);
      const { results, replayed } = data.createUsers;
      const reused = results.find(
        (result) =>
          'problems' in result && result.problems[0].errorCode === errorDictionary.IDEMPOTENCY_KEY_REUSED.errorCode,
      );
      if (reused)
        throw new CannotImport(
          'the gateway reads these rows otherwise than an import of this file within the last 24 hours, as if its configuration had changed (13101)',
        );
      return results.map((result) => ('user' in result ? { ...result, earlier: replayed && !repeated } : result));
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      // The same file meets the same limit at the same rows, so that the keys stay the same.
      const half = Math.ceil(rows.length / 2);
      if (rows.length > 1) return [...(await ask(rows.slice(0, half), dry)), ...(await ask(rows.slice(half), dry))];
      return [{ problems: [{ errorCode: error.errorCode, message: error.entry, detail: error.message, path: [] }] }];
    }
  }

  return async (rows) => {
    // GraphQL takes a boolean only: for rows without one the other checks are made by a dry run.
    const isReadable = ({ input }: ImportRow): boolean => typeof input.isActive === 'boolean';
    const readable = (await ask(rows.filter(isReadable), dryRun !== null)).values();
    const others = (
      await ask(
        rows.filter((row) => !isReadable(row)).map((row) => ({ ...row, input: { ...row.input, isActive: true } })),
        true,
      )
    ).values();
    return rows.map((row) =>
      isReadable(row) ? outcomeOf(readable.next().value!) : { problems: withStatus(problemsOf(others.next().value!)) },
    );
  };

  /** In a dry run among the rows before it too: asked for in the order of the rows. */
  function problemsOf(result: Result): RowProblem[] {
    if ('problems' in result) return result.problems.map(({ message, ...rest }) => ({ ...rest, name: message }));
    return dryRun && !('user' in result)
      ? uniqueFields
          .filter((field) => dryRun[field].has(foldKey(result[field] ?? '')))
          .map((field) => numbered(takenProblem(field)))
      : [];
  }

  function outcomeOf(result: Result): RowOutcome {
    const problems = problemsOf(result);
    if (isSome(problems)) return { problems };
    if ('user' in result)
      return result.earlier ? { became: 'imported', phone: null } : { became: 'created', phone: result.user.phone };
    const keys = result as Unique;
    if (dryRun) for (const field of uniqueFields) if (keys[field] !== null) dryRun[field].add(foldKey(keys[field]));
    return { became: 'valid', phone: keys.phone };
  }
}

/** Whether a call that was answered must be made again, with the same key: its first one still runs, or a part could not be written now. */
function isForNow({ createUsers }: Answer): boolean {
  const { IDEMPOTENCY_KEY_IN_USE, SERVICE_UNAVAILABLE } = errorDictionary;
  return createUsers.results.some(
    (result) =>
      'problems' in result &&
      [IDEMPOTENCY_KEY_IN_USE.errorCode, SERVICE_UNAVAILABLE.errorCode].includes(result.problems[0].errorCode),
  );
}

/** With 10120 in its place: it is the format problem before those of tags and organization. */
function withStatus(others: readonly RowProblem[]): [RowProblem] {
  const status = numbered(problem('USER_IS_ACTIVE_REQUIRED', ['isActive']));
  const isBefore = ({ errorCode }: RowProblem): boolean =>
    errorCode > errorDictionary.USER_NOT_FOUND.errorCode && errorCode < status.errorCode;
  return [...others.filter(isBefore), status, ...others.filter((one) => !isBefore(one))] as [RowProblem];
}

function numbered(one: ReturnType<typeof problem>): RowProblem {
  return { ...one, errorCode: errorDictionary[one.name].errorCode };
}
