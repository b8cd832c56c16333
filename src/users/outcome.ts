import type { Refusal } from '../errors/error-dictionary.ts';
import type { Fields, Problem } from './fields.ts';
import type { User } from './ports.ts';
import type { FieldName, StoredValues } from './user-fields.ts';

/** How a user gets the password: by mail, or not from the gateway. */
export type PasswordDelivery = 'EMAIL' | 'NONE';

/** Fields without a problem. */
export type WellFormed = { [F in keyof Fields]: Exclude<Fields[F], undefined> };

/** What a call does with the user of an input. */
export type UserAction = 'CREATE' | 'UPDATE' | 'NOTHING';

/** The outcome of one input that creates a user. */
export type CreateUserOutcome =
  | { kind: 'created'; user: User; passwordDelivery: PasswordDelivery }
  /** Every check passed and nothing was written: a dry run, or an ABORT batch that another input stopped. */
  | ValidOutcome
  /** REST answers the first problem. */
  | { kind: 'refused'; problems: Problems }
  /** It was not tried; the only problem is 503. Inputs before it were created. */
  | { kind: 'unavailable'; problems: Problems };

/** The outcome of an input that passed every check and was not written. */
export interface ValidOutcome {
  kind: 'valid';
  /** What the real call would do. */
  action: UserAction;
  /** Names of the input fields that would change; empty unless the action is UPDATE. */
  changed: readonly FieldName[];
  /** The user as it would be. */
  fields: StoredValues;
  passwordDelivery: PasswordDelivery;
}

/** The outcome of one input that creates a user or changes it. */
export type UpsertUserOutcome =
  | CreateUserOutcome
  /** `changed` names input fields; another spelling of the employee ID is a change of it. */
  | { kind: 'updated'; user: User; changed: readonly FieldName[]; passwordDelivery: PasswordDelivery }
  /** Nothing was written: the user is as the input says. */
  | { kind: 'unchanged'; user: User };

/** The outcome of one row of an import. */
export type ImportUserOutcome = UpsertUserOutcome | { kind: 'imported' };

/** The outcome of one call that writes users. */
export type CallOutcome<Outcome> =
  /** One result for each input, in order. They are `replayed` when an earlier call had the same idempotency key. */
  | { kind: 'results'; results: Outcome[]; replayed: boolean }
  /** The idempotency key refuses the whole call: 13101 or 13102. */
  | { kind: 'refused'; problem: Problem };

/** The outcome of one call that creates users. */
export type CreateUsersOutcome = CallOutcome<CreateUserOutcome>;
/** The outcome of one call that creates or changes users. */
export type UpsertUsersOutcome = CallOutcome<UpsertUserOutcome>;

/** At least one problem, in the order of the dictionary. */
export type Problems = [Problem, ...Problem[]];

/** Returns the outcome of an input that was not tried because of a refusal. */
export function unavailableOutcome({ entry, message }: Refusal): CreateUserOutcome {
  return { kind: 'unavailable', problems: [{ name: entry, detail: message, path: [] }] };
}

/** Returns how a user gets the password: by mail if there is an email. */
export function passwordDeliveryOf({ email }: { email: string | null }): PasswordDelivery {
  return email === null ? 'NONE' : 'EMAIL';
}
