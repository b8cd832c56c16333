import { CannotImport } from './ports.ts';

const timeoutMs = 120_000;

/** What a gateway answered. */
export interface Answer {
  kind: 'answer';
  status: number;
  /** The pause that the header `Retry-After` asks for; null without one. */
  retryAfterMs: number | null;
  /** Parsed JSON; null when an error has another body. */
  body: unknown;
}

/** Why no answer came, as a part of a sentence. */
export interface NoAnswer {
  kind: 'no-answer';
  reason: string;
}

/** Posts a JSON body to a path of the gateway. Throws `CannotImport` when the address is not that of a gateway. */
export type Post = (path: string, body: object, headers?: Record<string, string>) => Promise<Answer | NoAnswer>;

/**
 * Makes the function that posts JSON to a gateway.
 * @param base the gateway's address with a slash at its end
 */
export function makePost(base: string, send: typeof fetch): Post {
  return async function post(path, body, headers = {}) {
    let response: Response;
    let text: string;
    try {
      response = await send(new URL(path, base), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
        body: JSON.stringify(body),
        // A redirect would carry secret, token and passwords to another address.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (error) {
      const { cause, message } = error as { cause?: { code?: string }; message: string };
      return { kind: 'no-answer', reason: `no answer (${cause?.code ?? message})` };
    }
    // A browser hides the status of a redirect that it does not follow.
    if ((response.status >= 300 && response.status < 400) || response.type === 'opaqueredirect')
      throw new CannotImport(`${base} redirects to another address: give that one`);
    const seconds = response.headers.get('retry-after');
    const retryAfterMs = seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : null;
    try {
      return { kind: 'answer', status: response.status, retryAfterMs, body: JSON.parse(text) };
    } catch {
      if (response.ok) throw new CannotImport(`${base}${path} does not answer JSON: is it the address of the gateway?`);
      return { kind: 'answer', status: response.status, retryAfterMs, body: null };
    }
  };
}
