import { errorDictionary } from '../errors/error-dictionary.ts';
import { oneLine } from '../text.ts';
import { CannotImport } from './ports.ts';
import { type Answer, makePost, type NoAnswer } from './post-json.ts';
import { sleep } from './sleep.ts';

/** How long one call is tried again while the gateway is busy, limits the rate or cannot be reached. */
const maxWaitMs = 300_000;
/** The same for a gateway that never answered: its address may be wrong. */
const maxFirstWaitMs = 10_000;
/** A timer holds at most 2^31 ms, and Retry-After may ask for more. */
const maxSleepMs = 60_000;
/** Also where a gateway asks for pauses of 0 seconds, a call ends. */
const maxAttempts = 10_000;

/**
 * Sends one operation and answers its data; sends it once more, with the same variables, while `isTemporary` says so.
 * `repeated`: an earlier attempt, whose answer was lost, may have done the work.
 */
export type Call = <T>(
  query: string,
  variables: object,
  isTemporary: (data: T) => boolean,
) => Promise<{ data: T; repeated: boolean }>;

/**
 * A request is larger than the gateway accepts, or has more users than it lets pass in a minute. A smaller one may
 * pass.
 */
export class TooLarge extends Error {
  readonly errorCode: number;
  readonly entry: 'PAYLOAD_TOO_LARGE' | 'TOO_MANY_REQUESTS';
  constructor(entry: TooLarge['entry'], message: string) {
    super(message);
    this.entry = entry;
    this.errorCode = errorDictionary[entry].errorCode;
  }
}

/** A client, whose token is renewed, or a token, which ends the import when it expires. */
export type Credentials = { clientID: string; clientSecret: string } | { token: string };

/** What a client of the API needs. */
export interface ApiNeeds {
  /** Of the gateway, e.g. https://gateway.example.com */
  url: string;
  credentials: Credentials;
  signal?: AbortSignal | undefined;
  /** Says that the client waits, and why. */
  onWait?: (text: string) => void;
  fetch?: typeof fetch;
}

/**
 * Makes a client of a gateway's GraphQL API. It renews its token, obeys Retry-After, and repeats a call whose answer
 * was lost. Throws `CannotImport` when the gateway refuses the call or does not answer in time, and `TooLarge`.
 */
export function makeApiClient({ url, credentials, signal, onWait, ...given }: ApiNeeds): Call {
  const base = url.endsWith('/') ? url : `${url}/`;
  const post = makePost(base, given.fetch ?? fetch);
  let token = 'token' in credentials ? credentials.token : undefined;
  let hasAnswered = false;

  return async function call<T>(query: string, variables: object, isTemporary: (data: T) => boolean) {
    const wait = makeWait();
    let mayBeDone = false;
    let isRenewed = false;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      token ??= await newToken(credentials);
      const verdict = judge(await send('graphql', { query, variables }, { Authorization: token }));
      switch (verdict.kind) {
        case 'data': {
          const data = verdict.data as T;
          if (!isTemporary(data)) return { data, repeated: mayBeDone };
          await wait('it is still busy with these rows', null);
          break;
        }
        case 'lost':
          mayBeDone = true;
          await wait(verdict.why, verdict.retryAfterMs);
          break;
        case 'limited':
          // Nothing was done, if no earlier attempt did it: then the rows may go in parts.
          if (verdict.isTooLarge && !mayBeDone) throw new TooLarge('TOO_MANY_REQUESTS', verdict.why);
          await wait(verdict.why, verdict.retryAfterMs);
          break;
        case 'too-large':
          if (!mayBeDone) throw new TooLarge('PAYLOAD_TOO_LARGE', verdict.why ?? 'the body is larger than the limit');
          throw refusal(verdict.why, 413);
        case 'unauthorized':
          if (isRenewed || 'token' in credentials) throw refusal(verdict.why, 401);
          token = undefined;
          isRenewed = true;
          break;
        case 'refused':
          throw refusal(verdict.why, verdict.status);
      }
    }
    throw new CannotImport(`the gateway at ${new URL(base).origin} does not take the rows`, { mayPass: true });
  };

  async function send(...request: Parameters<typeof post>): Promise<Answer | NoAnswer> {
    const answer = await post(...request);
    hasAnswered ||= answer.kind === 'answer';
    return answer;
  }

  async function newToken(client: Credentials): Promise<string> {
    const wait = makeWait();
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const answer = await send('oauth/token', { ...client, grantType: 'client_credentials' });
      if (answer.kind === 'no-answer') await wait(answer.reason, null);
      else {
        const { status, body, retryAfterMs } = answer;
        const { data, detail } = (body ?? {}) as { data?: { accessToken?: unknown }; detail?: unknown };
        if (status === 200 && typeof data?.accessToken === 'string') return data.accessToken;
        if (![429, 502, 503, 504].includes(status)) {
          const why = typeof detail === 'string' ? oneLine(detail) : `it answered ${status}`;
          throw new CannotImport(`the token call is refused: ${why}`, { mayPass: status >= 500 });
        }
        await wait(`it answered ${status} to the token call`, retryAfterMs);
      }
    }
    throw new CannotImport(`the gateway at ${new URL(base).origin} gives no token`, { mayPass: true });
  }

  /**
   * Makes the pause of one call: as long as the gateway asks for, or twice the last one. Throws when it took too long.
   */
  function makeWait() {
    const begunAt = performance.now();
    let nextMs = 500;
    return async (why: string, retryAfterMs: number | null): Promise<void> => {
      const pauseMs = retryAfterMs ?? nextMs;
      nextMs = Math.min(nextMs * 2, 10_000);
      if (performance.now() + pauseMs > begunAt + (hasAnswered ? maxWaitMs : maxFirstWaitMs))
        throw new CannotImport(`the gateway at ${new URL(base).origin} does not take the rows: ${why}`, {
          mayPass: true,
        });
      if (pauseMs > 5_000) onWait?.(`waiting ${Math.ceil(pauseMs / 1_000)} s for the gateway: ${why}`);
      for (let leftMs = pauseMs; leftMs > 0; leftMs -= maxSleepMs) await sleep(Math.min(leftMs, maxSleepMs), signal);
    };
  }
}

type Verdict =
  | { kind: 'data'; data: unknown }
  /** The work may be done. */
  | { kind: 'lost'; why: string; retryAfterMs: number | null }
  | { kind: 'limited'; why: string; retryAfterMs: number | null; isTooLarge: boolean }
  | { kind: 'too-large' | 'unauthorized'; why: string | null }
  | { kind: 'refused'; why: string | null; status: number };

/** Judges what became of a GraphQL request. */
function judge(answer: Answer | NoAnswer): Verdict {
  if (answer.kind === 'no-answer') return { kind: 'lost', why: answer.reason, retryAfterMs: null };
  const { status, retryAfterMs, body } = answer;
  const why = firstError(body);
  if ([502, 503, 504].includes(status)) return { kind: 'lost', why: `it answered ${status}`, retryAfterMs };
  if (status === 429) {
    const isTooLarge = /more than the \d+ of a minute/.test(why ?? '');
    return { kind: 'limited', why: why ?? 'it answered 429', retryAfterMs, isTooLarge };
  }
  if (status === 401) return { kind: 'unauthorized', why };
  if (status === 413) return { kind: 'too-large', why };
  if (why !== null || status !== 200) return { kind: 'refused', why, status };
  return { kind: 'data', data: (body as { data: unknown }).data };
}

function refusal(why: string | null, status: number): CannotImport {
  return new CannotImport(`the gateway refuses the call: ${why ?? `it answered ${status}`}`, {
    mayPass: status >= 500,
  });
}

/** Returns the first top-level error of a GraphQL answer; null without one. */
function firstError(body: unknown): string | null {
  const errors = (body as { errors?: { message?: unknown; extensions?: { errorCode?: unknown } }[] } | null)?.errors;
  const first = errors?.[0];
  if (!first) return null;
  const { errorCode } = first.extensions ?? {};
  return `${typeof errorCode === 'number' ? `${errorCode} ` : ''}${oneLine(String(first.message))}`;
}
