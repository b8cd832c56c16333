import { html } from 'hono/html';
import { errorDictionary, type ErrorName, statusInPath } from '../../errors/error-dictionary.ts';
import { type Language } from './language.ts';
import { errorTexts } from './error-texts.ts';
import { errorsClient } from './errors-client.ts';
import { type Frame, layout } from './layout.ts';

/** One row of the error dictionary, as programs read it. */
export type DictionaryRow = ReturnType<typeof dictionaryRow>;

/** Gives a row. `httpStatusInPath` is there where a path has another status than a body. */
export function dictionaryRow(message: ErrorName) {
  const { errorCode, detail, httpStatus } = errorDictionary[message];
  const inPath = statusInPath(message);
  return { errorCode, message, detail, httpStatus, ...(inPath !== httpStatus && { httpStatusInPath: inPath }) };
}

/** Lists the error dictionary in its own order. */
export const dictionaryRows = () => (Object.keys(errorDictionary) as ErrorName[]).map(dictionaryRow);

/** Renders the list of errors for a reader. Each has two anchors, its name and its number. */
export function errorsPage(page: { language: Language; frame: Frame; nonce: string }): Promise<string> {
  const { language, frame, nonce } = page;
  const t = errorTexts[language];
  const rows = dictionaryRows();
  const areas = [...new Set(rows.map(({ errorCode }) => areaOf(errorCode)))];
  const body = html`<main class="sheet errors" id="main">
    <h1>${t.title}</h1>
    <p>${t.intro}</p>
    <p class="soft">${t.json} <code>Accept: application/json</code>. ${otherLanguage('/errors', language)}</p>
    <p id="search" hidden>
      <label>${t.search} <input type="search" autocomplete="off" spellcheck="false" /></label>
      <span class="soft" role="status" data-text="${t.found}"></span>
    </p>
    ${areas.map(
      (area) =>
        html`<section>
          <h2>${t.areas[area] ?? area}</h2>
          <dl>${rows.filter(({ errorCode }) => areaOf(errorCode) === area).map((row) => rowMarkup(row, language))}</dl>
        </section>`,
    )}
  </main>`;
  return layout({
    title: t.title,
    here: '/errors',
    frame,
    nonce,
    language,
    body,
    head: languageLinks('/errors'),
    script: `(${errorsClient})()`,
  });
}

function rowMarkup({ errorCode, message, detail, httpStatus, httpStatusInPath }: DictionaryRow, language: Language) {
  const t = errorTexts[language];
  return html`<div id="${message}">
    <dt><a href="/errors/${errorCode}?lang=${language}">${message}</a></dt>
    <dd class="number" id="${errorCode}">${errorCode}</dd>
    <dd class="status soft">
      <abbr title="${t.status}">${httpStatus}</abbr
      >${httpStatusInPath && t.inPath.replace('{status}', String(httpStatusInPath))}
    </dd>
    <dd>${detail}</dd>
  </div>`;
}

/** Links to the same page in the other language. */
export function otherLanguage(path: string, language: Language) {
  const other = language === 'en' ? 'id' : 'en';
  return html`<a href="${path}?lang=${other}" hreflang="${other}" lang="${other}">${errorTexts[language].language}</a>`;
}

/** Names the languages of a page for search engines. */
export function languageLinks(path: string, origin = '') {
  return html`<link rel="alternate" hreflang="id" href="${origin}${path}?lang=id" />
    <link rel="alternate" hreflang="en" href="${origin}${path}?lang=en" />
    <link rel="alternate" hreflang="x-default" href="${origin}${path}" />`;
}

function areaOf(errorCode: number): number {
  return errorCode < 1000 ? 0 : Math.floor(errorCode / 100);
}
