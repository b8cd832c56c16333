import type { Refusal } from '../errors/error-dictionary.ts';
import type { Fields, Problem } from './fields.ts';
import type { User } from './ports.ts';

/** How a user learns the password: by a mail, or not from the gateway. */
export type PasswordDelivery = 'EMAIL' | 'NONE';

/** Fields without a problem. */
export type WellFormed = { [F in keyof Fields]: Exclude<Fields[F], undefined> };

/** What became of one input. */
export type CreateUserOutcome =
  | { kind: 'created'; user: User; passwordDelivery: PasswordDelivery }
  /** Every check passed and nothing was written: a dry run, or an ABORT batch that another input stopped. */
  | { kind: 'valid'; fields: WellFormed & { password: null }; passwordDelivery: PasswordDelivery }
  /** The first problem is what REST answers. */
  | { kind: 'refused'; problems: Problems }
  /** Not tried for now: the one problem is 503. The inputs before it were created. */
  | { kind: 'unavailable'; problems: Problems };

/** What became of one row of an import. */
export type ImportUserOutcome = CreateUserOutcome | { kind: 'imported' };

export type Problems = [Problem, ...Problem[]];

export function validOutcome(fields: WellFormed): CreateUserOutcome {
  return { kind: 'valid', fields: { ...fields, password: null }, passwordDelivery: passwordDeliveryOf(fields) };
}

export function unavailableOutcome({ entry, message }: Refusal): CreateUserOutcome {
  return { kind: 'unavailable', problems: [{ name: entry, detail: message, path: [] }] };
}

export function passwordDeliveryOf({ email }: { email: string | null }): PasswordDelivery {
  return email === null ? 'NONE' : 'EMAIL';
}
