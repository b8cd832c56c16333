import type { Context } from 'hono';
import { z } from 'zod';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import { batchLimit } from '../../users/create-users.ts';
import type { CreateUserInput } from '../../users/fields.ts';
import type { CreateUserOutcome, CreateUsersOutcome } from '../../users/outcome.ts';
import { InputRefusal } from '../http/error-response.ts';
import { noteOutcomes, noteRefusal, type UserOutcome } from '../http/exchange.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { bulkAnswer, bulkEnvelope, type BulkOutcome, envelope, success } from './envelopes.ts';
import { asObject, itemsOf } from './json-body.ts';
import { removePasswords } from './remove-passwords.ts';
import { type Env, type Parameter, route } from './route.ts';
import { inputExample, userInput } from './user-schemas.ts';

const { password: _, ...payloadExample } = inputExample;
const serialExample = 'JOHNILXV3QAJJEL3';

const idempotencyKey: Parameter = {
  in: 'header',
  name: 'Idempotency-Key',
  schema: z.string(),
  description:
    '1 to 255 visible ASCII characters, with or without quotes, kept for 24 hours: the same request again gets ' +
    'the first ' +
    'result, with `Idempotent-Replayed: true`.',
};
const fieldErrors = (Object.keys(errorDictionary) as ErrorName[]).filter((name) =>
  /^USER_(?!NOT_FOUND|HAS_NO_EMAIL)/.test(name),
);
const createErrors: readonly ErrorName[] = [
  ...fieldErrors,
  'TAG_NOT_FOUND',
  'ORGANIZATION_NOT_FOUND',
  'ORGANIZATION_INACTIVE',
];
const keyErrors = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE', 'TOO_MANY_REQUESTS'] as const;

/** Creates one user. */
export const createUser = route({
  method: 'POST',
  path: '/ruangkerja/users',
  group: 'Users',
  scope: 'users:create',
  summary: 'Create a user',
  description:
    'The user is stored whole or not at all, and a mail with the password is queued by the same transaction.',
  parameters: [idempotencyKey],
  body: { schema: userInput, example: inputExample },
  answer: envelope(z.object({ serial: z.string() })),
  example: success({ serial: serialExample }),
  refuses: [...createErrors, ...keyErrors],
  async handle(c, { createUsers }) {
    const input = asObject(c.get('body')) as CreateUserInput;
    const idempotencyKey = idempotencyKeyOf(c.req.raw.headers);
    const [result] = await resultsOf(c, 1, createUsers(c.get('caller'), [input], { idempotencyKey }));
    return success({ serial: serialOf(result!) });
  },
});

/** Creates many users. */
export const createUserBulk = route({
  method: 'POST',
  path: '/ruangkerja/users/create-bulk',
  group: 'Users',
  scope: 'users:create',
  summary: `Create up to ${batchLimit} users`,
  description: 'As if one after the other: a bad item never stops the others. Payloads come back without the password.',
  parameters: [idempotencyKey],
  body: { schema: z.object({ items: z.array(userInput) }), example: { items: [inputExample] } },
  answer: bulkEnvelope(z.unknown().meta({ description: 'The item as it came, without its password.' })),
  example: bulkAnswer([
    {
      payload: payloadExample,
      outcome: {
        kind: 'refused',
        name: 'USER_EMPLOYEE_ID_EXISTS',
        detail: errorDictionary.USER_EMPLOYEE_ID_EXISTS.detail,
      },
    },
    { payload: { ...payloadExample, employeeID: 'EMPLY002' }, outcome: { kind: 'created', serial: serialExample } },
  ]),
  refuses: keyErrors,
  async handle(c, { createUsers }) {
    const items = itemsOf(c.get('body'), 'users', batchLimit);
    const idempotencyKey = idempotencyKeyOf(c.req.raw.headers);
    const call = createUsers(c.get('caller'), items.map(toInput), { idempotencyKey });
    const results = await resultsOf(c, items.length, call);
    await removePasswords(items);
    return bulkAnswer(results.map((result, index) => ({ payload: items[index], outcome: answerOf(result) })));
  },
});

/** Gives the results, noted, and marks a replay; throws the refusal of the whole request of so many users. */
async function resultsOf(
  c: Context<Env>,
  users: number,
  call: Promise<CreateUsersOutcome>,
): Promise<CreateUserOutcome[]> {
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
function serialOf(result: CreateUserOutcome): string {
  if (result.kind === 'refused' || result.kind === 'unavailable') throw new InputRefusal(result.problems);
  if (result.kind === 'valid') throw new Error('REST has no dry run');
  return result.user.serial;
}

/** The serial, or the first problem: REST has room for one. */
function answerOf(result: CreateUserOutcome): BulkOutcome {
  switch (result.kind) {
    case 'created':
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
function toInput(item: unknown): CreateUserInput {
  return typeof item === 'object' && item !== null ? item : {};
}
