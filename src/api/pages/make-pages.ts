import { Refusal } from '../../errors/error-dictionary.ts';
import { MethodNotAllowed } from '../http/error-response.ts';
import { assetAnswer } from './asset.ts';
import { htmlAnswer, prefersHtml, redirect } from './answers.ts';
import { docsPage, makeDocsAssets } from './docs-page.ts';
import { makeErrors } from './errors.ts';
import { graphiqlPage, isGraphiqlAsset, makeGraphiqlAssets } from './graphiql-page.ts';
import { importPage } from './import-page.ts';
import { makeImportScripts } from './import-scripts.ts';
import { languageOf } from './language.ts';
import { type HomeNeeds, makeHome } from './home.ts';
import { isLoopbackHost } from './loopback.ts';
import { type MailsNeeds, makeMails } from './mails.ts';
import { makeNonce, type Page, type Visit } from './page.ts';

/** What the pages show. */
export interface PagesNeeds extends HomeNeeds, MailsNeeds {
  /** Prints openapi.json. */
  printOpenapi: () => string;
  /** Prints schema.graphql. */
  printSchema: () => string;
  /** Whether the header `Authorization` holds a valid token. */
  isKnown: (authorization: string | null) => Promise<boolean>;
  /** A valid access token for GraphiQL's headers editor; null when this database has no demo client. */
  demoToken: () => Promise<string | null>;
  /** False in production, which has no mailbox, no GraphiQL and no secrets. */
  development: boolean;
}

/**
 * Makes the pages for people: `/errors`, `/docs` on `/openapi.json`, `/import`, and in development `/dev/mails` and
 * GraphiQL. Development pages show secrets, so they answer only to a loopback Host header (`docs/decisions/0026`).
 *
 * @returns a function that answers null for another path
 */
export function makePages(
  needs: PagesNeeds,
): (request: Request, url: URL, visit: Visit) => Response | Promise<Response> | null {
  const pages: readonly Page[] = [
    makeErrors(needs),
    schema(needs),
    openapi(needs),
    ...(needs.development
      ? [docs(needs), makeHome(needs), graphiql(needs), importer(needs), ...makeMails(needs)].map(onLoopback)
      : [docs(needs), makeHome(needs), importer(needs)]),
  ];

  return (request, url, visit) => {
    const { method } = request;
    const address = method === 'GET' || method === 'HEAD' ? withoutSlash(url) : null;
    if (address && pages.some(({ owns }) => owns(address, request))) return redirect(address.pathname + address.search);
    const page = pages.find(({ owns }) => owns(url, request));
    if (!page) return null;
    if (method === 'GET') return page.answer(url, request, visit);
    if (method === 'HEAD') return withoutBody(page.answer(url, request, visit));
    if (method === 'DELETE' && page.remove) return page.remove(url, request);
    throw new MethodNotAllowed(page.remove ? 'DELETE, GET, HEAD' : 'GET, HEAD');
  };
}

/** Returns an address without the slash at its end; null without one, or without a name before it. */
function withoutSlash(url: URL): URL | null {
  if (!/[^/]\/+$/.test(url.pathname)) return null;
  const address = new URL(url);
  address.pathname = url.pathname.slice(0, -1);
  return address;
}

function openapi({ printOpenapi }: PagesNeeds): Page {
  let printed: string | undefined;
  return {
    owns: (url) => url.pathname === '/openapi.json',
    answer: () => new Response((printed ??= printOpenapi()), { headers: { 'Content-Type': 'application/json' } }),
  };
}

function schema({ printSchema, isKnown, development }: PagesNeeds): Page {
  return {
    owns: (url) => url.pathname === '/schema.graphql',
    // In production only clients may learn the schema.
    async answer(_url, request) {
      if (!development && !(await isKnown(request.headers.get('authorization')))) throw new Refusal('UNAUTHORIZED');
      return new Response(printSchema(), { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
    },
  };
}

function docs({ demoToken, development }: PagesNeeds): Page {
  const assetOf = makeDocsAssets();
  return {
    owns: (url) => /^\/docs(\/|$)/.test(url.pathname),
    async answer(url, request) {
      const asset = await assetOf(url.pathname === '/docs' ? '/docs/swagger-ui.css' : url.pathname);
      if (!asset) throw new Refusal('NOT_FOUND');
      if (url.pathname !== '/docs') return assetAnswer(asset, request);
      const nonce = makeNonce();
      // Swagger UI writes styles into its elements.
      return htmlAnswer(
        await docsPage({ token: development ? await demoToken() : null, frame: { development }, nonce }),
        {
          'script-src': `'nonce-${nonce}'`,
          'style-src': "'self' 'unsafe-inline'",
          'img-src': 'data:',
          'connect-src': "'self'",
        },
      );
    },
  };
}

// A GET with a query, and every POST, is a GraphQL request.
function graphiql({ demoToken, mailbox }: PagesNeeds): Page {
  const assets = makeGraphiqlAssets();
  return {
    owns: (url, request) =>
      isGraphiqlAsset(url.pathname) ||
      (url.pathname === '/graphql' &&
        !url.searchParams.has('query') &&
        ['GET', 'HEAD'].includes(request.method) &&
        prefersHtml(request)),
    async answer({ pathname }, request) {
      if (isGraphiqlAsset(pathname)) return assetAnswer((await assets()).get(pathname)!, request);
      const nonce = makeNonce();
      return htmlAnswer(await graphiqlPage({ token: await demoToken(), seen: mailbox.list()[0]?.id ?? '', nonce }), {
        'script-src': `'nonce-${nonce}'`,
        'worker-src': 'blob:',
        'style-src': "'self' 'unsafe-inline'",
        'img-src': 'data:',
        'font-src': 'data:',
        'connect-src': "'self'",
      });
    },
  };
}

function importer({ demoToken, development }: PagesNeeds): Page {
  const scriptOf = makeImportScripts();
  return {
    owns: (url) => /^\/import(\/|$)/.test(url.pathname),
    async answer(url, request) {
      if (url.pathname !== '/import') {
        const script = await scriptOf(url.pathname);
        if (script === null) throw new Refusal('NOT_FOUND');
        const answer = assetAnswer(script, request);
        // As a worker it may call its own origin and nothing else.
        answer.headers.set('Content-Security-Policy', "default-src 'none'; connect-src 'self'");
        return answer;
      }
      const nonce = makeNonce();
      const token = development ? await demoToken() : null;
      const language = languageOf(url, request);
      return htmlAnswer(
        await importPage({ token, development, language, nonce }),
        {
          'script-src': `'nonce-${nonce}'`,
          'style-src': `'nonce-${nonce}'`,
          'img-src': 'data:',
          'worker-src': "'self'",
          'connect-src': "'self'",
        },
        language,
      );
    },
  };
}

function onLoopback(page: Page): Page {
  const judge = (url: URL, request: Request): void => {
    if (!isLoopbackHost(request.headers.get('host') ?? url.host))
      throw new Refusal('FORBIDDEN', 'development pages answer only on localhost, 127.0.0.1 or [::1]');
  };
  return {
    ...page,
    answer(url, request, visit) {
      judge(url, request);
      return page.answer(url, request, visit);
    },
    ...(page.remove && {
      remove(url, request) {
        judge(url, request);
        return page.remove!(url, request);
      },
    }),
  };
}

async function withoutBody(answer: Response | Promise<Response>): Promise<Response> {
  const { status, headers } = await answer;
  return new Response(null, { status, headers });
}
