import type { Mailbox } from '../../mail/mailbox.ts';
import { htmlAnswer, jsonAnswer, prefersHtml } from './answers.ts';
import { type FirstCall, homePage, type News, newsMarkup } from './home-page.ts';
import type { Frame } from './layout.ts';
import { makeNonce, type Page } from './page.ts';

/** What the home page shows. */
export interface HomeNeeds extends Frame {
  mailbox: Mailbox;
  /** The body of `/health/ready`. */
  readHealth: () => Promise<News['health']>;
  /** The newest users of the demo company, and what this process has answered. */
  readOwn: () => Promise<Omit<NonNullable<News['own']>, 'mails'>>;
  /** The first call of a developer, to a gateway at `origin`; null without a demo client. */
  firstCall: (origin: string) => Promise<FirstCall | null>;
}

/** How many of the last mails the page shows. */
const lastMails = 5;

/** Makes the page `/`, or the addresses for a program, and `/news`, the part of it that moves. */
export function makeHome(needs: HomeNeeds): Page {
  const { development, mailbox, readHealth, readOwn, firstCall } = needs;
  const news = async (): Promise<News> => {
    const health = await readHealth();
    if (!development) return { health };
    return { health, own: { ...(await readOwn()), mails: mailbox.list().slice(0, lastMails) } };
  };
  return {
    owns: ({ pathname }) => pathname === '/' || pathname === '/news',
    async answer({ pathname }, request, { origin }) {
      if (pathname === '/news') return htmlAnswer(String(await newsMarkup(await news())), {});
      if (!prefersHtml(request)) return jsonAnswer(addressesAt(origin, needs));
      const nonce = makeNonce();
      return htmlAnswer(
        await homePage({
          frame: needs,
          news: await news(),
          firstCall: development ? await firstCall(origin) : null,
          nonce,
        }),
        {
          'script-src': `'nonce-${nonce}'`,
          'style-src': `'nonce-${nonce}'`,
          'img-src': 'data:',
          'connect-src': "'self'",
        },
      );
    },
  };
}

/** Lists the addresses of the gateway for a program. */
function addressesAt(origin: string, { development }: Frame) {
  return {
    graphql: `${origin}/graphql`,
    schema: `${origin}/schema.graphql`,
    rest: `${origin}/ruangkerja`,
    openapi: `${origin}/openapi.json`,
    token: `${origin}/oauth/token`,
    docs: `${origin}/docs`,
    errors: `${origin}/errors`,
    import: `${origin}/import`,
    health: { live: `${origin}/health/live`, ready: `${origin}/health/ready` },
    ...(development && { mailbox: `${origin}/dev/mails`, mails: `${origin}/dev/mails.json` }),
  };
}
