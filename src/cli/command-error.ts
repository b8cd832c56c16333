import { errorDictionary, type ErrorName } from '../errors/error-dictionary.ts';
import { wrongDatabaseUrl } from '../gateway/config.ts';
import type { UnusableDatabase } from '../storage/unusable.ts';

/** The exit code of a wrong configuration: sysexits.h EX_CONFIG. */
export const exitConfig = 78;

/** Ends a command with a sentence on standard error and an exit code; 1 means that the command was refused. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Returns the error of a command that cannot use the database of `DATABASE_URL`. */
export function toCommandError({ reason, message }: UnusableDatabase): CommandError {
  return reason === 'address' ? new CommandError(wrongDatabaseUrl(message), exitConfig) : new CommandError(message);
}

/** Returns `NAME (number): detail` for a row of the error dictionary. */
export function dictionarySentence(name: ErrorName, detail: string): string {
  return `${name} (${errorDictionary[name].errorCode}): ${detail}`;
}
