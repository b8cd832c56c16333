import { Refusal } from '../errors/error-dictionary.ts';
import type { Caller, Scope } from './ports.ts';

/** The token is good for other calls: only here an answer says `insufficient_scope` (RFC 6750 section 3.1). */
export class MissingScope extends Refusal {
  constructor(scope: Scope) {
    super('FORBIDDEN', `access token lacks the scope ${scope}`);
  }
}

/** The caller when its token is valid and carries the scope; throws 401 or 403, which names the scope. */
export function requireScope(caller: Caller | null, scope: Scope): Caller {
  if (!caller) throw new Refusal('UNAUTHORIZED');
  if (!caller.scopes.has(scope)) throw new MissingScope(scope);
  return caller;
}
