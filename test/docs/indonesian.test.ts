import { describe, expect, test } from 'vitest';
import { blocksOf, pages, proseOf } from './pages.ts';

const indonesian = pages.filter((page) => page.startsWith('docs/id/'));
/** The page of which another is the translation. */
const englishOf = (page: string) => (page === 'docs/id/README.md' ? 'README.md' : page.replace('docs/id/', 'docs/'));
const matchesIn = (page: string, pattern: RegExp) => proseOf(page).match(pattern) ?? [];

test('there are pages in Indonesian', () => {
  expect(indonesian).toContain('docs/id/README.md');
});

describe.each(indonesian)('%s', (page) => {
  const english = englishOf(page);

  test('it has the snippets of the English page, word for word', () => {
    const snippets = (of: string) => blocksOf(of).map(({ language, text }) => ({ language, text }));
    expect(snippets(page)).toEqual(snippets(english));
  });

  test('it has the headings, lists and tables of the English page, in the same order', () => {
    const shape = (of: string) =>
      [...proseOf(of).matchAll(/^(#+ |\d+\. |- |\|(?=.))/gm)].map(([mark]) => mark.trim().replace(/^\d+\.$/, '1.'));
    expect(shape(page)).toEqual(shape(english));
  });

  test('it names the same commands, variables, numbers and options', () => {
    const names = (of: string) =>
      [...new Set(matchesIn(of, /--[a-z][a-z-]+|\b[A-Z][A-Z]+_[A-Z_]+\b|\b1[0-9]{4}\b|\b\w+\.csv\b/g))].toSorted();
    expect(names(page)).toEqual(names(english));
  });

  test('it is a translation: no paragraph is left in English', () => {
    const paragraphs = (of: string) =>
      proseOf(of)
        .split('\n\n')
        .filter((part) => /^[A-Z]\w+ \w+ \w+/.test(part));
    const left = paragraphs(page).filter((part) => paragraphs(english).includes(part));
    expect(left).toEqual([]);
  });
});
