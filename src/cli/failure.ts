import { wrongDatabaseUrl } from '../gateway/config.ts';
import type { UnusableDatabase } from '../storage/unusable.ts';
import { errorDictionary, type ErrorName } from '../errors/error-dictionary.ts';

/** A command that ends with this sentence on standard error. Exit codes: 1 refused, 78 (sysexits.h EX_CONFIG) wrong configuration. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a command says of the database of `DATABASE_URL` that it cannot use. */
export function toFailure({ reason, message }: UnusableDatabase): Failure {
  return reason === 'address' ? new Failure(wrongDatabaseUrl(message), 78) : new Failure(message);
}

/** `NAME (number): detail`, of the error dictionary. */
export function said(name: ErrorName, detail: string): string {
  return `${name} (${errorDictionary[name].errorCode}): ${detail}`;
}
