import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { difference, httpDifference } from './compare.ts';
import { type Block, blocksOf, pages, proseOf, tableOf } from './pages.ts';
import { openSession, type Session } from './session.ts';

/** Languages that are run, those of answers that are compared, and those that are shown only. */
const run = ['sh', 'graphql', 'ts'];
const answers = ['json', 'http'];
/** `console`: commands of a server, of Docker, of another database. `text`: pictures, files of other programs. */
const shown = ['console', 'text'];
/** Their snippets are run. */
const runPages = ['README.md', 'docs/integrate.md', 'docs/errors.md', 'docs/import.md', 'docs/operate.md'];
/** Their snippets are those of a page that is run (indonesian.test.ts). */
const isTranslated = (page: string) => page.startsWith('docs/id/');

/** A block that is run, and the answers below it. */
interface Snippet extends Block {
  answers: Block[];
}

function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = [];
  for (const block of blocksOf(page)) {
    if (run.includes(block.language)) snippets.push({ ...block, answers: [] });
    else if (answers.includes(block.language)) snippets.at(-1)!.answers.push(block);
  }
  return snippets;
}

const missing = ['bash', 'curl'].filter((tool) => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});
const skips = missing.length > 0 && !process.env['REQUIRE_TOOLS'];

test('every block has a language that says whether it is run', () => {
  const wrong = pages
    .flatMap(blocksOf)
    .filter(
      ({ page, language }) =>
        !(runPages.includes(page) || isTranslated(page) ? [...run, ...answers, ...shown] : shown).includes(language),
    )
    .map(({ page, line, language }) => `${page}:${line} ${language}`);
  expect(wrong).toEqual([]);
});

test.each(runPages)('%s has snippets, each with at most one answer', (page) => {
  const snippets = snippetsOf(page);
  expect(snippets.length).toBeGreaterThan(0);
  const most = (language: string): number => (language === 'graphql' ? 2 : 1);
  expect(snippets.filter(({ language, answers: { length } }) => length > most(language))).toEqual([]);
});

test.skipIf(skips)('the commands that are only shown are those of a shell', () => {
  for (const { language, text } of pages.flatMap(blocksOf))
    if (language === 'console') execFileSync('bash', ['-n'], { input: text });
});

/** Five pages of one reader, who keeps one gateway running: from top to bottom, one after the other. */
describe(`the snippets${skips ? ` (skipped, missing: ${missing.join(', ')})` : ''}`, { timeout: 120_000 }, () => {
  let session: Session;
  beforeAll(async () => {
    if (!skips) session = await openSession();
  }, 120_000);
  afterAll(() => session?.close(), 60_000);

  test.skipIf(skips)("the banner's call answers what README.md says of it", async () => {
    const [, documented] = /`(\{"status":"success".*?"JOHN)…/.exec(proseOf('README.md'))!;
    expect(await session.shell(session.curl)).toContain(documented);
    expect(await session.shell(session.curl)).toContain('10101');
  });

  for (const page of runPages) {
    test.skipIf(skips).each(snippetsOf(page))(`${page}:$line, $language`, async (snippet) => {
      expect(await differenceOf(snippet, session)).toBe(null);
    });
  }

  test.skipIf(skips)('every field of a line of the log stands in the table of docs/operate.md', () => {
    const documented = tableOf('docs/operate.md', 'field').flatMap(([names = '']) =>
      names.replaceAll('`', '').split(', '),
    );
    const logged = new Set(session.log().flatMap(Object.keys));
    expect(logged.size).toBeGreaterThan(8);
    expect([...logged].filter((field) => !documented.includes(field))).toEqual([]);
  });
});

/** Runs a snippet; answers how its real answer differs from the documented one. Two answers of GraphQL: variables, answer. */
async function differenceOf(snippet: Snippet, session: Session): Promise<string | null> {
  const { language, text } = snippet;
  const answer = snippet.answers.at(-1);
  if (language === 'graphql') {
    const variables = snippet.answers.length > 1 ? JSON.parse(snippet.answers[0]!.text) : undefined;
    const real = await session.graphql(text, variables);
    return answer ? difference(JSON.parse(answer.text), real, session.learned) : 'the page shows no answer';
  }
  const output = await (language === 'ts' ? session.program(text) : session.shell(text));
  if (!answer) return null;
  if (answer.language === 'http') return httpDifference(answer.text, output, session.learned);
  return difference(JSON.parse(answer.text), JSON.parse(output), session.learned);
}
