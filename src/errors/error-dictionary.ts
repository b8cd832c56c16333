/** One row of the error dictionary. A number never gets a second meaning. */
export interface DictionaryEntry {
  errorCode: number;
  /** One sentence. Where a rule depends on the configuration, the call answers a more exact one. */
  detail: string;
  httpStatus: number;
}

/** The error dictionary. GraphQL, REST, the command line and the page `/errors` all read this one list. */
export const errorDictionary = {
  USER_EMPLOYEE_ID_EXISTS: row(10101, 'employee id already been taken', 409),
  USER_EMAIL_EXISTS: row(10102, 'user email already been taken', 409),
  USER_PHONE_EXISTS: row(10103, 'user phone already been taken', 409),
  USER_USERNAME_EXISTS: row(10104, 'username already been taken', 409),
  USER_NOT_FOUND: row(10105, 'there is no user with this serial or employee id', 404),
  USER_HAS_NO_EMAIL: row(10106, 'user has no email that a password could be sent to', 409),
  USER_VERSION_MISMATCH: row(10107, 'user was changed since this version was read', 409),
  USER_EMPLOYEE_ID_REQUIRED: row(10110, 'employee id is required', 400),
  USER_EMPLOYEE_ID_INVALID: row(10111, 'employee id allows only letters a-z, A-Z and digits 0-9, at most 64', 400),
  USER_NAME_REQUIRED: row(10112, 'name is required', 400),
  USER_NAME_INVALID: row(10113, 'name allows at most 200 characters and no control characters', 400),
  USER_USERNAME_INVALID: row(10114, 'username allows only letters a-z, A-Z and digits 0-9, at most 64', 400),
  USER_EMAIL_OR_PHONE_REQUIRED: row(
    10115,
    'email is required if phone is empty, phone is required if email is empty',
    400,
  ),
  USER_EMAIL_INVALID: row(10116, 'email is not a valid address', 400),
  USER_PHONE_INVALID: row(10117, 'phone is not a valid number', 400),
  USER_PASSWORD_INVALID: row(10118, 'password must have 8 to 128 characters', 400),
  USER_PASSWORD_COMPROMISED: row(10119, "password is too common or made of the user's own data", 400),
  USER_IS_ACTIVE_REQUIRED: row(10120, 'isActive is required and must be true or false', 400),
  USER_TAG_SERIALS_INVALID: row(10121, 'tagSerials must be a list of at most 100 tag serials', 400),
  USER_ORGANIZATION_SERIAL_INVALID: row(10122, 'organizationSerial must be a string', 400),
  TAG_NAME_EXISTS: row(11101, 'tag name already been taken', 409),
  TAG_NOT_FOUND: row(11102, 'there is no tag with this serial', 400),
  TAG_NAME_INVALID: row(11110, 'tag name is required, at most 100 characters', 400),
  ORGANIZATION_NOT_FOUND: row(12101, 'there is no organization with this serial', 400),
  ORGANIZATION_INACTIVE: row(12102, 'organization is not active', 400),
  IDEMPOTENCY_KEY_REUSED: row(13101, 'this idempotency key was used for another request', 422),
  IDEMPOTENCY_KEY_IN_USE: row(13102, 'the first request with this idempotency key is still running', 409),
  BAD_REQUEST: row(400, 'the request as a whole is wrong, the detail says how', 400),
  UNAUTHORIZED: row(401, 'access token is missing, unknown or expired', 401),
  FORBIDDEN: row(403, 'access token lacks the scope that this call needs', 403),
  NOT_FOUND: row(404, 'no such path', 404),
  METHOD_NOT_ALLOWED: row(405, 'this path answers the methods in the Allow header', 405),
  NOT_ACCEPTABLE: row(406, 'only application/json is spoken here', 406),
  REQUEST_TIMEOUT: row(408, 'the request did not arrive in time', 408),
  PAYLOAD_TOO_LARGE: row(413, 'the body is larger than the limit', 413),
  UNSUPPORTED_MEDIA_TYPE: row(415, 'the body must be application/json', 415),
  EXPECTATION_FAILED: row(417, 'the only Expect header that is met is 100-continue', 417),
  TOO_MANY_REQUESTS: row(429, 'too many requests, try again after the seconds in the Retry-After header', 429),
  REQUEST_HEADER_FIELDS_TOO_LARGE: row(431, 'target and headers of a request may have 16 KB together', 431),
  INTERNAL_ERROR: row(500, 'something went wrong here, quote the request id to the operator', 500),
  SERVICE_UNAVAILABLE: row(503, 'the gateway is busy, try again after the seconds in the Retry-After header', 503),
} as const satisfies Record<string, DictionaryEntry>;

/** The name of one row of the dictionary. */
export type ErrorName = keyof typeof errorDictionary;

function row(errorCode: number, detail: string, httpStatus: number): DictionaryEntry {
  return { errorCode, detail, httpStatus };
}

/** An unknown serial in a body is 400, in a path 404. */
const namedInPath: readonly ErrorName[] = ['TAG_NOT_FOUND', 'ORGANIZATION_NOT_FOUND'];

/** Returns the HTTP status of an error when the path of the request names the missing thing. */
export function statusInPath(name: ErrorName): number {
  return namedInPath.includes(name) ? 404 : errorDictionary[name].httpStatus;
}

/**
 * A request that is refused as a whole. It is thrown anywhere and answered in one place of each transport with its
 * dictionary row. It is expected and never logged as an error, so it carries no stack (docs/decisions/0032).
 */
export class Refusal extends Error {
  readonly entry: ErrorName;
  readonly retryAfterSeconds: number | undefined;
  /** Of a 503. */
  readonly unavailability: Unavailability | undefined;

  /** @param retryAfterSeconds whole seconds for the Retry-After header of 429 and 503 */
  constructor(
    entry: ErrorName,
    detail: string = errorDictionary[entry].detail,
    retryAfterSeconds?: number,
    unavailability?: Unavailability,
  ) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'Refusal';
    this.entry = entry;
    this.retryAfterSeconds = retryAfterSeconds;
    this.unavailability = unavailability;
  }
}

/** What may be short when a request is refused with 503; the metrics count each by itself. */
export const unavailabilities = ['hash_queue', 'database', 'disk', 'contention', 'stopping'] as const;
/** The cause of a 503. `contention`: other calls kept changing the same rows. */
export type Unavailability = (typeof unavailabilities)[number];

/** Returns the refusal 503: a store, a queue or a disk cannot take this request now. */
export function unavailable(cause: Unavailability, detail: string, retryAfterSeconds = 1): Refusal {
  return new Refusal('SERVICE_UNAVAILABLE', detail, retryAfterSeconds, cause);
}

/** The longest window of a limit. */
const maxWindowMs = 60_000;

/**
 * Returns the refusal 429 with the whole seconds until the window ends: at most a minute, even if the clock was set
 * back.
 * @param msBeforeNext milliseconds until the window ends
 */
export function tooMany(detail: string, msBeforeNext: number): Refusal {
  const seconds = Math.max(1, Math.ceil(Math.min(msBeforeNext, maxWindowMs) / 1000));
  return new Refusal('TOO_MANY_REQUESTS', `${detail}, try again in ${seconds} s`, seconds);
}
