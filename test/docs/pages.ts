import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** One fenced block of a page. */
export interface Block {
  page: string;
  /** Of its first line, from 1. */
  line: number;
  language: string;
  text: string;
}

/** The pages of the project: their paths from its root, with slashes. */
export const pages: readonly string[] = globSync(['README.md', 'CHANGELOG.md', 'docs/**/*.md'], { cwd: root })
  .map((path) => path.split(sep).join('/'))
  .toSorted();

/** @param page a path from the root of the project */
export function read(page: string): string {
  return readFileSync(`${root}/${page}`, 'utf8');
}

/** The fenced blocks of a page in their order. Throws when a fence is not closed. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [index, indented] of read(page).split('\n').entries()) {
    // Inside of a list a block is indented.
    const line = indented.replace(/^ {1,3}/, '');
    if (!line.startsWith('```')) {
      if (open) open.text += `${indented}\n`;
    } else if (open) {
      blocks.push(open);
      open = undefined;
    } else {
      open = { page, line: index + 2, language: line.slice(3).trim(), text: '' };
    }
  }
  if (open) throw new Error(`${page}:${open.line - 1} is not closed`);
  return blocks;
}

/** A page without its fenced blocks. */
export function proseOf(page: string): string {
  return read(page).replace(/^ {0,3}```[^]*?^ {0,3}```$/gm, '');
}

/** The rows of the table whose header begins with `first`, as cells without their margins. */
export function tableOf(page: string, first: string): string[][] {
  const lines = proseOf(page).split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  if (begin < 0) throw new Error(`${page} has no table that begins with ${first}`);
  const length = lines.slice(begin).findIndex((line) => !line.startsWith('|'));
  return lines.slice(begin + 2, length < 0 ? undefined : begin + length).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
