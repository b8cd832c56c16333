import { errorDictionary } from '../errors/error-dictionary.ts';
import type { UserAction } from '../users/outcome.ts';
import type { UpsertMode } from '../users/plan-upserts.ts';
import type { UniqueField } from '../users/ports.ts';
import { CannotImport, type RowProblem } from './ports.ts';

const problems = 'problems { errorCode message detail path }';

const createMutation = /* GraphQL */ `
  mutation Import($inputs: [CreateUserInput!]!, $dryRun: Boolean, $idempotencyKey: String) {
    users: createUsers(inputs: $inputs, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      replayed
      results {
        __typename
        ... on UserCreated { user { phone } }
        ... on UserValid { employeeID username email phone }
        ... on CreateUserError { ${problems} }
      }
    }
  }`;
const upsertMutation = /* GraphQL */ `
  mutation Import($inputs: [CreateUserInput!]!, $mode: UpsertMode!, $dryRun: Boolean, $idempotencyKey: String) {
    users: upsertUsers(inputs: $inputs, mode: $mode, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      replayed
      results {
        __typename
        ... on UserCreated { user { phone } }
        ... on UserUpdated { user { phone } }
        ... on UserUnchanged { user { phone } }
        ... on UserValid { employeeID username email phone action }
        ... on UpsertUserError { ${problems} }
      }
    }
  }`;

/** Returns the mutation that an import sends; without a mode it only creates. */
export function mutationOf(mode: UpsertMode | null): string {
  return mode === null ? createMutation : upsertMutation;
}

/** The results of a row that is a user, and their outcomes. */
export const doneKinds = { UserCreated: 'created', UserUpdated: 'updated', UserUnchanged: 'unchanged' } as const;

/** A row that is a user. */
export type Done = { __typename: keyof typeof doneKinds; user: { phone: string | null } };
/** A row without a problem, in a dry run; a creation has no `action`. */
export type Valid = { __typename: 'UserValid'; action?: UserAction } & Record<UniqueField, string | null>;
/** A row that was refused. */
export type Refused = { __typename: 'CreateUserError' | 'UpsertUserError'; problems: [ApiProblem, ...ApiProblem[]] };
type ApiProblem = Omit<RowProblem, 'name'> & { message: string };
/** What became of one row. */
export type ApiResult = Done | Valid | Refused;

/** The data of an answer. */
export interface Answer {
  users: { results: ApiResult[]; replayed: boolean };
}

/** Whether a row is a user. */
export function isDone<R extends ApiResult>(result: R): result is R & Done {
  return result.__typename in doneKinds;
}

/** Whether a row was refused. */
export function isRefused(result: ApiResult): result is Refused {
  return result.__typename === 'CreateUserError' || result.__typename === 'UpsertUserError';
}

/** Returns the number of a row's first problem; null without one. */
export function firstCode(result: ApiResult): number | null {
  return isRefused(result) ? result.problems[0].errorCode : null;
}

/** Whether a call must be made again with the same key: its first one still runs, or a row could not be written now. */
export function isTemporary({ users }: Answer): boolean {
  const { IDEMPOTENCY_KEY_IN_USE, SERVICE_UNAVAILABLE } = errorDictionary;
  const temporary: unknown[] = [IDEMPOTENCY_KEY_IN_USE.errorCode, SERVICE_UNAVAILABLE.errorCode];
  return users.results.some((result) => temporary.includes(firstCode(result)));
}

/** Throws `CannotImport` for results of an unknown kind, and for a key that belongs to another request. */
export function assertUsable(results: readonly ApiResult[]): void {
  if (!results.every((result) => isDone(result) || isRefused(result) || result.__typename === 'UserValid'))
    throw new CannotImport('the gateway answers a kind of result that this import does not know');
  const { errorCode } = errorDictionary.IDEMPOTENCY_KEY_REUSED;
  if (results.some((result) => firstCode(result) === errorCode))
    throw new CannotImport(
      'the gateway reads these rows differently from an import of this file within the last 24 hours, ' +
        `as if its configuration had changed (${errorCode})`,
    );
}
