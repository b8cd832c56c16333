import { Refusal } from '../errors/error-dictionary.ts';
import type { Caller, Scope } from './ports.ts';

/** The refusal 403 of a valid token that lacks a scope: its answer says `insufficient_scope` (RFC 6750 section 3.1). */
export class MissingScope extends Refusal {
  constructor(scope: Scope) {
    super('FORBIDDEN', `access token lacks the scope ${scope}`);
  }
}

/** Returns the caller when it has the scope. Throws 401 without a valid token, or 403, which names the scope. */
export function requireScope(caller: Caller | null, scope: Scope): Caller {
  if (!caller) throw new Refusal('UNAUTHORIZED');
  if (!caller.scopes.has(scope)) throw new MissingScope(scope);
  return caller;
}
