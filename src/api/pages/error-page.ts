import { html } from 'hono/html';
import type { ErrorName } from '../../errors/error-dictionary.ts';
import { errorHelp } from '../../errors/help/help.ts';
import { examplesOf } from './error-examples.ts';
import { errorTexts } from './error-texts.ts';
import { dictionaryRow, languageLinks, otherLanguage } from './errors-page.ts';
import type { Language } from './language.ts';
import { type Frame, layout } from './layout.ts';
import type { Visit } from './page.ts';

/** Explains one error, for a program. */
export function explanationOf(name: ErrorName, language: Language, visit: Visit) {
  return { ...dictionaryRow(name), ...errorHelp[language][name], examples: examplesOf(name, visit) };
}

/** Renders the page of one error. */
export function errorPage(
  name: ErrorName,
  page: { language: Language; frame: Frame; visit: Visit; nonce: string },
): Promise<string> {
  const { language, frame, visit, nonce } = page;
  const t = errorTexts[language];
  const { errorCode, detail, httpStatus, httpStatusInPath, meaning, causes, remedy, examples } = explanationOf(
    name,
    language,
    visit,
  );
  const path = `/errors/${errorCode}`;
  const example = (answer: object) => html`<pre tabindex="0"><code>${JSON.stringify(answer, null, 2)}</code></pre>`;
  const body = html`<main class="sheet error" id="main">
    <p class="soft"><a href="/errors?lang=${language}#${errorCode}">${t.all}</a> · ${otherLanguage(path, language)}</p>
    <h1>${errorCode} <code>${name}</code></h1>
    <p lang="en">${detail}</p>
    <p class="soft">
      ${t.status} ${httpStatus}${httpStatusInPath && t.inPath.replace('{status}', String(httpStatusInPath))}
    </p>
    <h2>${t.meaning}</h2>
    <p>${meaning}</p>
    <h2>${t.causes}</h2>
    <ul>
      ${causes.map((cause) => html`<li>${cause}</li>`)}
    </ul>
    <h2>${t.remedy}</h2>
    <p>${remedy}</p>
    <h2>${t.rest}</h2>
    ${example(examples.rest)}
    <h2>${t.graphql}</h2>
    ${example(examples.graphql)}
  </main>`;
  return layout({
    title: `${errorCode} ${name}`,
    here: null,
    frame,
    nonce,
    language,
    body,
    head: languageLinks(path, visit.origin),
  });
}
