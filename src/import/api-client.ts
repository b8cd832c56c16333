import { setTimeout as sleep } from 'node:timers/promises';
import { errorDictionary } from '../errors/error-dictionary.ts';
import { CannotImport } from './ports.ts';

/** Milliseconds: a gateway that is busy, limits the rate or cannot be reached is asked so long, again and again. */
const patience = 300_000;
/** Milliseconds: the same for one that never answered, whose address may be wrong. */
const firstPatience = 10_000;
/** Milliseconds. */
const timeout = 120_000;
const longestPause = 60_000;

/**
 * Sends one operation and answers its data; once more, with the same variables, when `again` says so. `repeated` where an
 * earlier try of it may have done its work.
 */
export type Call = <T>(
  query: string,
  variables: object,
  again: (data: T) => boolean,
) => Promise<{ data: T; repeated: boolean }>;

/** The request is larger than the gateway takes, or has more users than it lets pass in a minute: a smaller one may pass. */
export class TooLarge extends Error {
  readonly errorCode: number;
  readonly entry: 'PAYLOAD_TOO_LARGE' | 'TOO_MANY_REQUESTS';
  constructor(entry: TooLarge['entry'], message: string) {
    super(message);
    this.entry = entry;
    this.errorCode = errorDictionary[entry].errorCode;
  }
}

export interface ApiNeeds {
  /** Of the gateway, e.g. https://gateway.example.com */
  url: string;
  clientID: string;
  clientSecret: string;
  signal?: AbortSignal | undefined;
  /** Tells the person that it waits, and why. */
  onWait?: (text: string) => void;
  fetch?: typeof fetch;
}

type Answer = { status: number; retryAfter: number | null; body: unknown };

/** Calls the GraphQL API of a gateway with a token of a client: renews it, obeys Retry-After, and makes a call whose answer was lost again. */
export function makeApiClient({ url, clientID, clientSecret, signal, onWait, ...given }: ApiNeeds): Call {
  const base = url.endsWith('/') ? url : `${url}/`;
  const send = given.fetch ?? fetch;
  let token: string | undefined;
  let lastFault = '';
  let answered = false;

  return async function call<T>(query: string, variables: object, again: (data: T) => boolean) {
    const wait = makeWait();
    let lost = false;
    for (let renewed = false; ;) {
      token ??= await newToken();
      const answer = await post('graphql', { query, variables }, { Authorization: token });
      const problem = problemOf(answer?.body);
      if (answer === null || [502, 503, 504].includes(answer.status)) {
        lost = true;
        await wait(answer === null ? lastFault : `it answered ${answer.status}`, answer?.retryAfter);
      } else if (answer.status === 429) {
        // Nothing of it was done, if nothing of an earlier try was: then it may go in parts.
        if (/more than the \d+ of a minute/.test(problem ?? '') && !lost)
          throw new TooLarge('TOO_MANY_REQUESTS', problem!);
        await wait(problem ?? 'it answered 429', answer.retryAfter);
      } else if (answer.status === 401 && !renewed) {
        token = undefined;
        renewed = true;
      } else if (answer.status === 413 && !lost)
        throw new TooLarge('PAYLOAD_TOO_LARGE', problem ?? 'the body is larger than the limit');
      else if (problem !== null || answer.status !== 200)
        throw new CannotImport(`the gateway refuses the call: ${problem ?? `it answered ${answer.status}`}`);
      else {
        const { data } = answer.body as { data: T };
        if (!again(data)) return { data, repeated: lost };
        await wait('it is still busy with these rows', null);
      }
    }
  };

  async function newToken(): Promise<string> {
    for (const wait = makeWait(); ;) {
      const answer = await post('oauth/token', { clientID, clientSecret, grantType: 'client_credentials' });
      const { data, detail } = (answer?.body ?? {}) as { data?: { accessToken?: unknown }; detail?: unknown };
      if (answer?.status === 200 && typeof data?.accessToken === 'string') return data.accessToken;
      if (answer !== null && ![429, 502, 503, 504].includes(answer.status))
        throw new CannotImport(
          `the token call is refused: ${typeof detail === 'string' ? detail : `it answered ${answer.status}`}`,
        );
      await wait(answer === null ? lastFault : `it answered ${answer.status} to the token call`, answer?.retryAfter);
    }
  }

  /** Null when no answer came. */
  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer | null> {
    const given = { 'Content-Type': 'application/json', Accept: 'application/json', ...headers };
    // A redirect would carry secret, token and passwords to another address.
    const init = {
      method: 'POST',
      headers: given,
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    } as const;
    let response: Response;
    let text: string;
    try {
      response = await send(new URL(path, base), init);
      text = await response.text();
      answered = true;
    } catch (error) {
      const { cause, message } = error as { cause?: { code?: string }; message: string };
      lastFault = `no answer (${cause?.code ?? message})`;
      return null;
    }
    if (response.status >= 300 && response.status < 400)
      throw new CannotImport(`${base} redirects to another address: give that one`);
    const seconds = response.headers.get('retry-after');
    const retryAfter = seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : null;
    try {
      return { status: response.status, retryAfter, body: JSON.parse(text) };
    } catch {
      if (response.ok) throw new CannotImport(`${base}${path} answers no JSON: is it the address of the gateway?`);
      return { status: response.status, retryAfter, body: null };
    }
  }

  /** Waits as long as the gateway asks, or ever longer; throws when the patience with one call is at its end. */
  function makeWait() {
    const begun = performance.now();
    let next = 500;
    return async (why: string, retryAfter: number | null | undefined): Promise<void> => {
      const pause = retryAfter ?? next;
      next = Math.min(next * 2, 10_000);
      if (performance.now() + pause > begun + (answered ? patience : firstPatience))
        throw new CannotImport(`the gateway at ${new URL(base).origin} does not take the rows: ${why}`);
      if (pause > 5_000) onWait?.(`waiting ${Math.ceil(pause / 1_000)} s for the gateway: ${why}`);
      for (let left = pause; left > 0; left -= longestPause)
        await sleep(Math.min(left, longestPause), undefined, { signal });
    };
  }
}

/** The first top-level error of a GraphQL answer. */
function problemOf(body: unknown): string | null {
  const errors = (body as { errors?: { message?: unknown; extensions?: { errorCode?: unknown } }[] } | null)?.errors;
  const first = errors?.[0];
  if (!first) return null;
  const { errorCode } = first.extensions ?? {};
  return `${typeof errorCode === 'number' ? `${errorCode} ` : ''}${String(first.message)}`;
}
