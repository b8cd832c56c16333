import type { DirectoryOutcome } from '../users/create-directory-entries.ts';
import type { Answer } from './command.ts';
import { CommandError, dictionarySentence } from './command-error.ts';

/**
 * Returns the answer for a tag or an organization that was created. Throws `CommandError` when it was refused.
 * @param what the kind of thing, as a sentence begins with it
 */
export function directoryAnswer(outcome: DirectoryOutcome, what: string): Answer {
  if (outcome.kind === 'refused') throw new CommandError(dictionarySentence(outcome.name, outcome.detail));
  const { serial } = outcome;
  return [{ serial }, `${what} ${serial} was created.`];
}
