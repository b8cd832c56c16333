import { html } from 'hono/html';
import { errorDictionary, type ErrorName } from '../../errors/error-dictionary.ts';
import { errorHelp } from '../../errors/help/help.ts';
import { htmlAnswer, prefersHtml } from './answers.ts';
import { errorTexts } from './error-texts.ts';
import { type Language, languageOf } from './language.ts';
import { type Frame, layout } from './layout.ts';
import { makeNonce } from './page.ts';

/** Failures that a person meets by opening an address. */
const shownAsPages: readonly number[] = [400, 401, 404, 405, 406];

/**
 * Makes the function that replaces a failure by a page that leads on, with the same status and headers, where a browser
 * opens an address. Every other answer stays as it is.
 */
export function makeFailurePage(frame: Frame) {
  return async function failurePage(request: Request, response: Response): Promise<Response> {
    const isOpened = request.method === 'GET' || request.method === 'HEAD';
    const isJson = /^application\/json\b/.test(response.headers.get('content-type') ?? '');
    if (!isOpened || !isJson || !shownAsPages.includes(response.status) || !prefersHtml(request)) return response;
    // The answer of a HEAD has lost its body.
    const text = await response.text();
    const body = text === '' ? {} : JSON.parse(text);
    const errorCode: number = body.errorCode ?? body.errors?.[0]?.extensions?.errorCode ?? response.status;
    const sentence: string | undefined = body.detail ?? body.errors?.[0]?.message;
    const language = languageOf(new URL(request.url), request);
    const nonce = makeNonce();
    const page = htmlAnswer(
      await render({ language, frame, errorCode, sentence, nonce }),
      { 'style-src': `'nonce-${nonce}'`, 'img-src': 'data:' },
      language,
      response.status,
    );
    for (const [name, value] of response.headers)
      if (!name.startsWith('content-') && !page.headers.has(name)) page.headers.set(name, value);
    return request.method === 'HEAD' ? new Response(null, page) : page;
  };
}

function render(failure: {
  language: Language;
  frame: Frame;
  errorCode: number;
  sentence: string | undefined;
  nonce: string;
}): Promise<string> {
  const { language, frame, errorCode, sentence, nonce } = failure;
  const t = errorTexts[language];
  const name = (Object.keys(errorDictionary) as ErrorName[]).find(
    (one) => errorDictionary[one].errorCode === errorCode,
  )!;
  const { meaning, remedy } = errorHelp[language][name];
  const body = html`<main class="sheet" id="main">
    <h1>${errorCode} <code>${name}</code></h1>
    <p lang="en">${sentence ?? errorDictionary[name].detail}</p>
    <p>${meaning}</p>
    <p>${remedy}</p>
    <p><a href="/errors/${errorCode}?lang=${language}">${t.more}</a> · <a href="/">${t.home}</a></p>
  </main>`;
  return layout({ title: `${errorCode} ${name}`, here: null, frame, nonce, language, body });
}
