import { describe, expect, test } from 'vitest';
import { errorTexts } from '../../src/api/pages/error-texts.ts';
import { dictionaryRows } from '../../src/api/pages/errors-page.ts';
import { errorHelp } from '../../src/errors/help/help.ts';
import { proseOf, tableOf } from './pages.ts';

describe.each([
  ['docs/errors.md', 'en', 'class'],
  ['docs/id/errors.md', 'id', 'golongan'],
] as const)('%s', (page, language, classes) => {
  test('its table has every row of the dictionary, in the words of the pages below /errors', () => {
    const rows = dictionaryRows().map(({ errorCode, message, httpStatus, httpStatusInPath }) => {
      const { meaning, remedy } = errorHelp[language][message];
      const inPath = httpStatusInPath ? errorTexts[language].inPath.replace('{status}', String(httpStatusInPath)) : '';
      return `| ${errorCode} | \`${message}\` | ${httpStatus}${inPath} | ${meaning} | ${remedy} |`;
    });
    expect(proseOf(page).match(/^\| \d+ \|.*$/gm)).toEqual(rows);
  });

  test('every number that is not about data stands in one class, which says what to do', () => {
    const numbers = tableOf(page, classes).flatMap(([, cell = '']) => cell.match(/\d+/g) ?? []);
    const statuses = dictionaryRows().filter(({ errorCode }) => errorCode < 1000);
    const inUse = '13102'; // named as the exception of its class, and in its own
    expect(numbers.toSorted()).toEqual(
      [inUse, inUse, ...statuses.map(({ errorCode }) => String(errorCode))].toSorted(),
    );
  });
});
