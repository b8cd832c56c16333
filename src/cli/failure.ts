import { errorDictionary, type ErrorName } from '../users/error-dictionary.ts';

/** A command that ends with this sentence on standard error. Exit codes: 1 refused, 78 (sysexits.h EX_CONFIG) wrong configuration. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `NAME (number): detail`, of the error dictionary. */
export function said(name: ErrorName, detail: string): string {
  return `${name} (${errorDictionary[name].errorCode}): ${detail}`;
}
