import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import { userFields } from '../../users/user-fields.ts';
import { graphqlCodeOf } from '../http/error-response.ts';
import { docUrlOf } from '../http/exchange.ts';
import type { Visit } from './page.ts';

/** Makes the answers with which REST and GraphQL report an error. */
export function examplesOf(name: ErrorName, visit: Visit): { rest: object; graphql: object } {
  const { errorCode } = errorDictionary[name];
  const detail = name === 'INTERNAL_ERROR' ? `something went wrong here, request id ${visit.requestId}` : undefined;
  const rest = { errorCode, message: name, detail: new Refusal(name, detail).message };
  if (errorCode >= 10_000) return { rest, graphql: asData(name, rest) };
  if (beforeGraphql.includes(name)) return { rest, graphql: rest };
  const code = graphqlCodeOf(name);
  const extensions = { code, errorCode, requestId: visit.requestId, docUrl: docUrlOf(visit, errorCode) };
  return { rest, graphql: { errors: [{ message: rest.detail, extensions }] } };
}

/** Answered before the request reaches GraphQL, so in the envelope everywhere. */
const beforeGraphql: readonly ErrorName[] = [
  'NOT_FOUND',
  'REQUEST_TIMEOUT',
  'EXPECTATION_FAILED',
  'REQUEST_HEADER_FIELDS_TOO_LARGE',
];

/** What is wrong with an input is data of the mutation. */
function asData(name: ErrorName, row: object): object {
  const [mutation, type] = mutationOf(name);
  return { data: { [mutation]: { __typename: type, ...row, problems: [{ ...row, path: pathOf(name) }] } } };
}

function mutationOf(name: ErrorName): [field: string, type: string] {
  if (name === 'TAG_NAME_EXISTS' || name === 'TAG_NAME_INVALID') return ['createTag', 'CreateTagError'];
  if (name === 'USER_NOT_FOUND' || name === 'USER_HAS_NO_EMAIL') return ['resendPassword', 'ResendPasswordError'];
  if (name === 'USER_VERSION_MISMATCH') return ['updateUser', 'UpdateUserError'];
  return ['createUser', 'CreateUserError'];
}

/** The paths of the errors that the table of fields does not name. */
const otherPaths: { [N in ErrorName]?: string[] } = {
  USER_NOT_FOUND: ['serial'],
  USER_HAS_NO_EMAIL: ['serial'],
  USER_VERSION_MISMATCH: ['ifVersion'],
  USER_EMAIL_OR_PHONE_REQUIRED: ['email'],
  USER_PASSWORD_COMPROMISED: ['password'],
  TAG_NAME_EXISTS: ['name'],
  TAG_NAME_INVALID: ['name'],
  TAG_NOT_FOUND: ['tagSerials', '0'],
  ORGANIZATION_NOT_FOUND: ['organizationSerial'],
  ORGANIZATION_INACTIVE: ['organizationSerial'],
  IDEMPOTENCY_KEY_REUSED: ['idempotencyKey'],
  IDEMPOTENCY_KEY_IN_USE: ['idempotencyKey'],
};

function pathOf(name: ErrorName): string[] {
  const field = Object.entries(userFields).find(([, rows]) => Object.values(rows).includes(name));
  return field ? [field[0]] : (otherPaths[name] ?? []);
}
