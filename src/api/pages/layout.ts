import { html, raw } from 'hono/html';
import type { Language } from './language.ts';
import { css } from './styles.ts';

type Markup = ReturnType<typeof html>;

/** What every page of our own is framed by. */
export interface Frame {
  /** Links to the pages of development, too. */
  development: boolean;
}

/**
 * Renders the frame of a page of our own: title, navigation, styles.
 *
 * @param page its `nonce` is the one that the page's policy allows for its style and script
 */
export async function layout(page: {
  /** Without the name of the gateway. */
  title: string;
  /** The path of the page in the navigation; null for a page that is not in it. */
  here: string | null;
  frame: Frame;
  nonce: string;
  body: Markup;
  /** Default English. */
  language?: Language;
  /** More of the head. */
  head?: Markup;
  /** Styles of this page alone. */
  css?: string;
  script?: string;
  /** The path of a script that is a module. */
  module?: string;
}): Promise<string> {
  const language = page.language ?? 'en';
  const body = html`<body>
    <a class="skip" href="#main">${words[language].skip}</a>
    ${navigation(page.frame, page.here, language)} ${page.body}
    ${
      page.script === undefined
        ? ''
        : html`<script nonce="${page.nonce}">
            ${raw(page.script)};
          </script>`
    }
    ${moduleScript(page)}
  </body>`;
  return renderDocument({ ...page, language, css: css + (page.css ?? ''), body });
}

/** Renders a document around its whole `body`: the head is the same on every page. */
export async function renderDocument(page: {
  /** Without the name of the gateway. */
  title: string;
  language: Language;
  nonce: string;
  head?: Markup;
  css: string;
  body: Markup;
}): Promise<string> {
  const document = await html`<!doctype html>
    <html lang="${page.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} · Ruangkerja</title>
        <link rel="icon" href="${icon}" />
        ${page.head ?? ''}
        <style nonce="${page.nonce}">
          ${raw(page.css)}
        </style>
      </head>
      ${page.body}
    </html>`;
  return document.toString();
}

function moduleScript({ module, nonce }: { module?: string; nonce: string }) {
  return module === undefined ? '' : html`<script type="module" nonce="${nonce}" src="${module}"></script>`;
}

const words = {
  en: {
    skip: 'To the content',
    nav: 'Pages of the gateway',
    links: { '/': 'Home', '/errors': 'Errors', '/import': 'Import', '/dev/mails': 'Mailbox' },
  },
  id: {
    skip: 'Ke isi halaman',
    nav: 'Halaman gateway',
    links: { '/': 'Beranda', '/errors': 'Galat', '/import': 'Impor', '/dev/mails': 'Kotak surat' },
  },
};

/** Lists the pages that a person may open. */
function linksOf({ development }: Frame, language: Language): [string, string][] {
  const { links } = words[language];
  return [
    ['/', links['/']],
    ...(development ? [['/graphql', 'GraphiQL'] as [string, string]] : []),
    ['/docs', 'REST'],
    ['/errors', links['/errors']],
    ['/import', links['/import']],
    ...(development ? [['/dev/mails', links['/dev/mails']] as [string, string]] : []),
  ];
}

/** Renders the navigation, with `more` at its end. */
export function navigation(frame: Frame, here: string | null, language: Language, more?: Markup) {
  return html`<nav class="site" aria-label="${words[language].nav}">
    ${linksOf(frame, language).map(
      ([path, name]) => html`<a href="${path}" ${path === here ? html`aria-current="page"` : ''}>${name}</a>`,
    )}${more ?? ''}
  </nav>`;
}

const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0b6b57"/>' +
    '<path d="M5 12V4h3.5a2.5 2.5 0 0 1 0 5H5m3.5 0L11 12" fill="none" stroke="#fff" stroke-width="1.6"/></svg>',
)}`;
