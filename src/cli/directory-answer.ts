import type { DirectoryOutcome } from '../users/create-directory-entries.ts';
import type { Answer } from './command.ts';
import { CommandError, dictionarySentence } from './command-error.ts';

/**
 * Returns the answer for a tag or an organization that was created. Throws `CommandError` when it was refused.
 * @param sentence says that the serial was created
 */
export function directoryAnswer(outcome: DirectoryOutcome, sentence: (serial: string) => string): Answer {
  if (outcome.kind === 'refused') throw new CommandError(dictionarySentence(outcome.name, outcome.detail));
  const { serial } = outcome;
  return [{ serial }, sentence(serial)];
}
