import type { Refusal } from '../errors/error-dictionary.ts';
import type { Fields, Problem } from './fields.ts';
import type { User } from './ports.ts';

/** How a user gets the password: by mail, or not from the gateway. */
export type PasswordDelivery = 'EMAIL' | 'NONE';

/** Fields without a problem. */
export type WellFormed = { [F in keyof Fields]: Exclude<Fields[F], undefined> };

/** The outcome of one input. */
export type CreateUserOutcome =
  | { kind: 'created'; user: User; passwordDelivery: PasswordDelivery }
  /** Every check passed and nothing was written: a dry run, or an ABORT batch that another input stopped. */
  | { kind: 'valid'; fields: WellFormed & { password: null }; passwordDelivery: PasswordDelivery }
  /** REST answers the first problem. */
  | { kind: 'refused'; problems: Problems }
  /** It was not tried; the only problem is 503. Inputs before it were created. */
  | { kind: 'unavailable'; problems: Problems };

/** The outcome of one row of an import. */
export type ImportUserOutcome = CreateUserOutcome | { kind: 'imported' };

/** The outcome of one call that creates users. */
export type CreateUsersOutcome =
  /** One result for each input, in order. They are `replayed` when an earlier call had the same idempotency key. */
  | { kind: 'results'; results: CreateUserOutcome[]; replayed: boolean }
  /** The idempotency key refuses the whole call: 13101 or 13102. */
  | { kind: 'refused'; problem: Problem };

/** At least one problem, in the order of the dictionary. */
export type Problems = [Problem, ...Problem[]];

/** Returns the outcome of an input that passed every check and was not written. */
export function validOutcome(fields: WellFormed): CreateUserOutcome {
  return { kind: 'valid', fields: { ...fields, password: null }, passwordDelivery: passwordDeliveryOf(fields) };
}

/** Returns the outcome of an input that was not tried because of a refusal. */
export function unavailableOutcome({ entry, message }: Refusal): CreateUserOutcome {
  return { kind: 'unavailable', problems: [{ name: entry, detail: message, path: [] }] };
}

/** Returns how a user gets the password: by mail if there is an email. */
export function passwordDeliveryOf({ email }: { email: string | null }): PasswordDelivery {
  return email === null ? 'NONE' : 'EMAIL';
}
