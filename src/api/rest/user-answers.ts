import type { Context } from 'hono';
import { z } from 'zod';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import type { CreateUserInput } from '../../users/fields.ts';
import type { CallOutcome, UpsertUserOutcome } from '../../users/outcome.ts';
import { InputRefusal } from '../http/error-response.ts';
import { noteOutcomes, noteRefusal, type UserOutcome } from '../http/exchange.ts';
import type { BulkOutcome } from './envelopes.ts';
import type { Env, Parameter } from './route.ts';

/** A serial for the examples. */
export const serialExample = 'JOHNILXV3QAJJEL3';

/** Describes the header of a call that may be repeated. */
export const idempotencyKeyParameter: Parameter = {
  in: 'header',
  name: 'Idempotency-Key',
  schema: z.string(),
  description:
    '1 to 255 visible ASCII characters, with or without quotes, kept for 24 hours: the same request again gets ' +
    'the first ' +
    'result, with `Idempotent-Replayed: true`.',
};

/** The errors of a user's fields. */
export const fieldErrors: readonly ErrorName[] = [
  ...(Object.keys(errorDictionary) as ErrorName[]).filter((name) =>
    /^USER_(?!NOT_FOUND|HAS_NO_EMAIL|VERSION_MISMATCH)/.test(name),
  ),
  'TAG_NOT_FOUND',
  'ORGANIZATION_NOT_FOUND',
  'ORGANIZATION_INACTIVE',
];
/** The errors of a call that may be repeated, and of the rate limit. */
export const keyErrors = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE', 'TOO_MANY_REQUESTS'] as const;

/** Gives the results, noted, and marks a replay; throws the refusal of the whole request of so many users. */
export async function resultsOf<Outcome extends UpsertUserOutcome>(
  c: Context<Env>,
  users: number,
  call: Promise<CallOutcome<Outcome>>,
): Promise<Outcome[]> {
  const outcome = await noteRefusal(c.env, users, call);
  if (outcome.kind === 'refused') {
    const refused = { kind: 'refused', problems: [outcome.problem] } as const;
    noteOutcomes(c.env, Array<UserOutcome>(users).fill(refused));
    throw new Refusal(outcome.problem.name);
  }
  noteOutcomes(c.env, outcome.results, outcome.replayed);
  if (outcome.replayed) c.header('Idempotent-Replayed', 'true');
  return outcome.results;
}

/** Gives the serial; throws the refusal with every problem. */
export function serialOf(result: UpsertUserOutcome): string {
  if (result.kind === 'refused' || result.kind === 'unavailable') throw new InputRefusal(result.problems);
  if (result.kind === 'valid') throw new Error('REST has no dry run');
  return result.user.serial;
}

/** Returns the serial, or the first problem: REST has room for one. */
export function answerOf(result: UpsertUserOutcome): BulkOutcome {
  switch (result.kind) {
    case 'created':
    case 'updated':
    case 'unchanged':
      return { kind: 'created', serial: result.user.serial };
    case 'refused':
    case 'unavailable': {
      const [{ name, detail }] = result.problems;
      return { kind: 'refused', name, detail };
    }
    case 'valid':
      throw new Error('REST has no dry run');
  }
}

/** Reads an item; one that is not an object has no field at all. */
export function toInput(item: unknown): CreateUserInput {
  return typeof item === 'object' && item !== null ? item : {};
}
