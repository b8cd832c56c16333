import { parseAccept } from 'hono/utils/accept';
import type { Language } from './language.ts';

/** The directives that a page's Content-Security-Policy adds to the common part, which forbids everything. */
export type Policy = Partial<
  Record<'script-src' | 'style-src' | 'img-src' | 'font-src' | 'connect-src' | 'worker-src', string>
>;

/** Answers an HTML page that is never cached, framed, sniffed or named in a Referer header. */
export function htmlAnswer(body: string, policy: Policy, language: Language = 'en', status = 200): Response {
  const directives = {
    'default-src': "'none'",
    ...policy,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  };
  const csp = Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
  return new Response(body, {
    status,
    headers: {
      ...commonHeaders,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': language,
      'Content-Security-Policy': csp,
      'X-Frame-Options': 'DENY',
    },
  });
}

/** Answers JSON that is never cached. */
export function jsonAnswer(value: unknown, language?: Language): Response {
  return Response.json(value, { headers: { ...commonHeaders, ...(language && { 'Content-Language': language }) } });
}

/** Leads to another address on this gateway, for good. */
export function redirect(to: string): Response {
  return new Response(null, { status: 308, headers: { Location: to } });
}

/** Tells whether HTML is the first choice of the Accept header (RFC 9110 section 12.5.1): a browser, not a program. */
export function prefersHtml(request: Request): boolean {
  const first = parseAccept(request.headers.get('accept') ?? '')[0];
  return first !== undefined && first.q > 0 && first.type.toLowerCase() === 'text/html';
}

/** Answers 204; without the headers a cache might keep it (RFC 9110 section 15.3.5). */
export function noContent(): Response {
  return new Response(null, { status: 204, headers: commonHeaders });
}

const commonHeaders = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};
