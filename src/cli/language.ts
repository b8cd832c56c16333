import type { Command } from 'commander';
import type { Environment } from '../gateway/config.ts';
import { indonesian } from './indonesian.ts';

/** Translates what a person reads, line by line; what it does not know stays English. */
export type Translate = (text: string) => string;

/** Makes the translation into the language of the terminal, by POSIX's variables: Indonesian for `id_ID`, else none. */
export function makeTranslate(env: Environment): Translate {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  if (!/^id(?:[_.@]|$)/.test(locale)) return (text) => text;
  const patterns = Object.entries(indonesian)
    .filter(([english]) => english.includes('{}'))
    .map(([english, translated]): [RegExp, string[]] => [
      new RegExp(`^${english.split('{}').map(RegExp.escape).join('(.*?)')}$`),
      translated.split('{}'),
    ]);

  function translateLine(line: string): string {
    // Two spaces stand between the columns of a table, whose values are nobody's sentence.
    if (/\S {2}/.test(line)) return line;
    const known = indonesian[line];
    if (known !== undefined) return known;
    for (const [english, parts] of patterns) {
      const match = english.exec(line);
      if (match) return parts.map((part, at) => part + (at < parts.length - 1 ? match[at + 1] : '')).join('');
    }
    return line;
  }

  return (text) => text.split('\n').map(translateLine).join('\n');
}

/** Translates the help of a command and of all commands below it. */
export function translateHelp(command: Command, translate: Translate): void {
  command.description(translate(command.description())).configureHelp({
    ...command.configureHelp(),
    styleTitle: translate,
    styleOptionDescription: translate,
  });
  for (const option of command.options) option.description = translate(option.description);
  for (const child of command.commands) translateHelp(child, translate);
}
