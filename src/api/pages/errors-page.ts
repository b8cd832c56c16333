import { html } from 'hono/html';
import { errorDictionary, type ErrorName, statusInPath } from '../../errors/error-dictionary.ts';
import { layout } from './layout.ts';

const areas: readonly (readonly [number, string])[] = [
  [101, 'Users'],
  [111, 'Tags'],
  [121, 'Organizations'],
  [131, 'Access'],
  [0, 'Every call: the HTTP status itself'],
];

/**
 * Lists the error dictionary for a program, in its own order. `httpStatusInPath` is there where a path has another
 * status than a body.
 */
export const dictionaryRows = () =>
  (Object.keys(errorDictionary) as ErrorName[]).map((message) => {
    const { errorCode, detail, httpStatus } = errorDictionary[message];
    const inPath = statusInPath(message);
    return { errorCode, message, detail, httpStatus, ...(inPath !== httpStatus && { httpStatusInPath: inPath }) };
  });

/** Renders the error dictionary for a reader. Each row has two anchors, its name and its number. */
export function errorsPage(nonce: string): Promise<string> {
  const rows = dictionaryRows();
  const body = html`<main class="errors">
    <h1>Error dictionary</h1>
    <p>
      GraphQL, REST and the command line answer with these numbers and names. A number never gets a second meaning; the
      sentence of an answer may be more exact than the one here.
    </p>
    <p class="soft">A program gets the same list as JSON: <code>Accept: application/json</code>.</p>
    ${areas.map(
      ([area, title]) =>
        html`<h2>${title}</h2>
          <dl>
            ${rows
              .filter((row) => areaOf(row.errorCode) === area)
              .map(
                (row) =>
                  html` <div id="${row.message}">
                    <dt><a href="#${row.message}">${row.message}</a></dt>
                    <dd class="number" id="${row.errorCode}">${row.errorCode}</dd>
                    <dd class="status soft">
                      <abbr title="HTTP status">${row.httpStatus}</abbr
                      >${row.httpStatusInPath && `, in a path ${row.httpStatusInPath}`}
                    </dd>
                    <dd>${row.detail}</dd>
                  </div>`,
              )}
          </dl>`,
    )}
  </main>`;
  return layout({ title: 'Error dictionary · Ruangkerja', nonce, body });
}

function areaOf(errorCode: number): number {
  return errorCode < 1000 ? 0 : Math.floor(errorCode / 100);
}
