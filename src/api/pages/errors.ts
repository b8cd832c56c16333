import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import { htmlAnswer, jsonAnswer, prefersHtml } from './answers.ts';
import { errorPage, explanationOf } from './error-page.ts';
import { dictionaryRows, errorsPage } from './errors-page.ts';
import { languageOf } from './language.ts';
import type { Frame } from './layout.ts';
import { makeNonce, type Page } from './page.ts';

/** Makes the error dictionary: the list `/errors`, and a page for each row. */
export function makeErrors(frame: Frame): Page {
  return {
    owns: (url) => /^\/errors(\/|$)/.test(url.pathname),
    async answer(url, request, visit) {
      const key = url.pathname.slice('/errors/'.length);
      if (key !== '' && Object.hasOwn(errorDictionary, key.toUpperCase()))
        return redirect(`/errors/${errorDictionary[key.toUpperCase() as ErrorName].errorCode}${url.search}`);
      const name = namesByNumber.get(key);
      if (!name && url.pathname !== '/errors') throw new Refusal('NOT_FOUND');
      const language = languageOf(url, request);
      const nonce = makeNonce();
      const answer = !prefersHtml(request)
        ? jsonAnswer(name ? explanationOf(name, language, visit) : dictionaryRows())
        : htmlAnswer(
            await (name ? errorPage(name, { language, frame, visit, nonce }) : errorsPage({ language, frame, nonce })),
            { 'script-src': `'nonce-${nonce}'`, 'style-src': `'nonce-${nonce}'`, 'img-src': 'data:' },
          );
      answer.headers.set('Vary', 'Accept, Accept-Language');
      answer.headers.set('Content-Language', language);
      return answer;
    },
  };
}

const namesByNumber = new Map(
  (Object.keys(errorDictionary) as ErrorName[]).map((name) => [String(errorDictionary[name].errorCode), name]),
);

function redirect(to: string): Response {
  return new Response(null, { status: 308, headers: { Location: to } });
}
