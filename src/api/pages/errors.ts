import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import { htmlAnswer, jsonAnswer, prefersHtml, redirect } from './answers.ts';
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
      if (!prefersHtml(request))
        return name ? jsonAnswer(explanationOf(name, language, visit), language) : jsonAnswer(dictionaryRows());
      return htmlAnswer(
        await (name ? errorPage(name, { language, frame, visit, nonce }) : errorsPage({ language, frame, nonce })),
        { 'script-src': `'nonce-${nonce}'`, 'style-src': `'nonce-${nonce}'`, 'img-src': 'data:' },
        language,
      );
    },
  };
}

const namesByNumber = new Map(
  (Object.keys(errorDictionary) as ErrorName[]).map((name) => [String(errorDictionary[name].errorCode), name]),
);
