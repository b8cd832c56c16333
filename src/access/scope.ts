import { Refusal } from '../users/error-dictionary.ts';
import type { Caller, Scope } from './ports.ts';

/** The caller when its token is valid and carries the scope; throws 401 or 403, which names the scope. */
export function requireScope(caller: Caller | null, scope: Scope): Caller {
  if (!caller) throw new Refusal('UNAUTHORIZED');
  if (!caller.scopes.has(scope)) throw new Refusal('FORBIDDEN', `access token lacks the scope ${scope}`);
  return caller;
}
