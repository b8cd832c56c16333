import { parseAccept } from 'hono/utils/accept';

/** A language of the pages. */
export type Language = 'id' | 'en';

/** Returns the language of a page: `?lang=`, else the first of Accept-Language that there is, else English. */
export function languageOf(url: URL, request: Request): Language {
  const asked = url.searchParams.get('lang');
  const accepted = parseAccept(request.headers.get('accept-language') ?? '')
    .filter(({ q }) => q > 0)
    .map(({ type }) => type.slice(0, 2).toLowerCase());
  return [asked, ...accepted].find((one): one is Language => one === 'id' || one === 'en') ?? 'en';
}
