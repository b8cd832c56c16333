import type { CallErrorName, HelpOf } from './help.ts';

/** Explains the errors of tags, organizations and whole calls, in English. */
export const enCalls: HelpOf<CallErrorName> = {
  TAG_NAME_EXISTS: {
    meaning: 'Your company already has a tag with this name. Upper and lower case count as the same.',
    causes: ['The tag was created before.', 'Two tags of one request have the same name.'],
    remedy: 'Use the tag that exists: list the tags to find its serial.',
  },
  TAG_NOT_FOUND: {
    meaning: 'Your company has no tag with this serial.',
    causes: ['The name of the tag was sent instead of its serial.', 'The tag belongs to another company.'],
    remedy: 'List the tags of your company and send a serial from there. Create the tag first if it is missing.',
  },
  TAG_NAME_INVALID: {
    meaning: 'The name of the tag is missing, longer than 100 characters, or has a control character.',
    causes: ['The field name is absent, empty or only spaces.', 'The name has a line break.'],
    remedy: 'Send a name of 1 to 100 characters on one line.',
  },
  ORGANIZATION_NOT_FOUND: {
    meaning: 'Your company has no organization with this serial.',
    causes: [
      'The name of the organization was sent instead of its serial.',
      'The organization belongs to another company.',
    ],
    remedy: 'Read the company structure and send a serial from there.',
  },
  ORGANIZATION_INACTIVE: {
    meaning: 'The organization is closed, and a user cannot be put into it.',
    causes: ['The organization was created or set as inactive.'],
    remedy: 'Send the serial of an active organization. The company structure says which ones are active.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    meaning: 'The idempotency key names a request with other content, made in the last 24 hours.',
    causes: ['A program uses one key for several users.', 'The data changed between a request and its repetition.'],
    remedy: 'Make a new key for each new request, such as a UUID. Keep the key only to repeat the same request.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    meaning: 'The first request with this idempotency key has not been answered yet.',
    causes: ['The request was repeated before its answer came.', 'Two workers send the same request.'],
    remedy: 'Wait the seconds of the header Retry-After and send the same request again: it gets the first result.',
  },
  BAD_REQUEST: {
    meaning: 'The request as a whole cannot be read or does not fit. The sentence says what is wrong.',
    causes: [
      'The body is not valid JSON, or is not an object.',
      'A GraphQL document has a mistake, or a variable has a wrong type.',
      'A token call has wrong credentials, or another grant type than client_credentials.',
    ],
    remedy: 'Read the sentence and correct the program. Sending the same request again does not help.',
  },
  UNAUTHORIZED: {
    meaning: 'The access token is missing, unknown or expired.',
    causes: [
      'The header Authorization is missing.',
      'The token is older than twelve hours.',
      'The client was revoked, or its secret was replaced.',
    ],
    remedy: 'Get a token with POST /oauth/token and send it in the header Authorization.',
  },
  FORBIDDEN: {
    meaning: 'The token is valid, but it must not make this call. The sentence names the scope that is missing.',
    causes: ['The client was created without this scope.', 'The token was asked for with fewer scopes.'],
    remedy: 'Ask the operator of the gateway for a client with the scope.',
  },
  NOT_FOUND: {
    meaning: 'The gateway has nothing at this address.',
    causes: ['The path is misspelled, or ends with a slash.', 'The page exists in development only.'],
    remedy: 'Compare the path with the REST documentation at /docs.',
  },
  METHOD_NOT_ALLOWED: {
    meaning: 'The address exists, but not for this method.',
    causes: ['GET was sent instead of POST, or the other way around.', 'A mutation was sent by GET.'],
    remedy: 'Use one of the methods in the header Allow of the answer.',
  },
  NOT_ACCEPTABLE: {
    meaning: 'The request asks for a form of answer that does not exist here.',
    causes: ['The header Accept names only HTML, XML or another type.'],
    remedy: 'Send Accept: application/json.',
  },
  REQUEST_TIMEOUT: {
    meaning: 'The gateway stopped waiting, because the request did not arrive in time.',
    causes: ['The connection is very slow or was interrupted.', 'The announced length is larger than the body.'],
    remedy: 'Send the request again. Split a large batch into smaller ones.',
  },
  PAYLOAD_TOO_LARGE: {
    meaning: 'The body is larger than the gateway accepts. The sentence names the limit.',
    causes: ['A batch has too many users, or very large ones.', 'A large body was sent without a valid token.'],
    remedy: 'Send smaller batches.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    meaning: 'The body has a form that the gateway does not read.',
    causes: [
      'The header Content-Type is missing or names another type. curl sends a form unless it is told otherwise.',
      'The body is compressed, or is not UTF-8.',
    ],
    remedy: 'Send JSON in UTF-8, uncompressed, with Content-Type: application/json.',
  },
  EXPECTATION_FAILED: {
    meaning: 'The header Expect asks for something other than 100-continue.',
    causes: ['A program or a proxy sets the header.'],
    remedy: 'Leave the header Expect out.',
  },
  TOO_MANY_REQUESTS: {
    meaning: 'The client, or its address, has used up a limit for this minute. The sentence names the limit.',
    causes: ['A program sends users faster than the rate limit.', 'Token calls failed again and again.'],
    remedy: 'Wait the seconds of the header Retry-After, then go on. Get one token and keep it until it expires.',
  },
  REQUEST_HEADER_FIELDS_TOO_LARGE: {
    meaning: 'The address and the headers of the request are larger than 16 KB together.',
    causes: ['A query was sent in the address.', 'A browser sends many cookies of other programs on this host.'],
    remedy: 'Send data in the body of a POST. Leave headers out that the gateway does not need.',
  },
  INTERNAL_ERROR: {
    meaning: 'The gateway has made a mistake. It is not the fault of your request.',
    causes: ['A fault in the program. Its log has the cause, under the request id.'],
    remedy: 'Tell the operator the request id. Repeat a creation only with its idempotency key.',
  },
  SERVICE_UNAVAILABLE: {
    meaning: 'The gateway cannot take this request now.',
    causes: [
      'More requests arrive than it can handle.',
      'Its database is away, or its disk is full.',
      'It is being restarted.',
    ],
    remedy:
      'Wait the seconds of the header Retry-After and send the request again. Repeat a creation only with an ' +
      'idempotency key: the first request may have been stored.',
  },
};
