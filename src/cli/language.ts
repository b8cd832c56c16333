import type { Command } from 'commander';
import type { Environment } from '../gateway/config.ts';
import { english, type Translate, translateBy } from '../translate.ts';
import { indonesian } from './indonesian.ts';

/** Makes the translation into the language of the terminal, by POSIX's variables: Indonesian for `id_ID`, else none. */
export function makeTranslate(env: Environment): Translate {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^id(?:[_.@]|$)/.test(locale) ? translateBy(indonesian) : english;
}

/** Translates the help of a command and of all commands below it. */
export function translateHelp(command: Command, translate: Translate): void {
  command.description(translate(command.description())).configureHelp({
    ...command.configureHelp(),
    styleTitle: translate,
    styleOptionText: translate,
    styleSubcommandText: translate,
    styleArgumentText: translate,
    styleSubcommandDescription: translate,
    styleOptionDescription: translate,
  });
  for (const option of command.options) option.description = translate(option.description);
  for (const child of command.commands) translateHelp(child, translate);
}
