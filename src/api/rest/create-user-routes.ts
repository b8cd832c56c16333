import type { Context } from 'hono';
import { z } from 'zod';
import { batchLimit, type CreateUserOutcome } from '../../users/create-users.ts';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import type { CreateUserInput } from '../../users/fields.ts';
import {
  asObject,
  bulkAnswer,
  bulkEnvelope,
  type Env,
  envelope,
  itemsOf,
  type Parameter,
  route,
  success,
} from './route.ts';
import { inputExample, userInput } from './user-schemas.ts';

const { password: _, ...payloadExample } = inputExample;
const serialExample = 'JOHNILXV3QAJJEL3';

const idempotencyKey: Parameter = {
  in: 'header',
  name: 'Idempotency-Key',
  schema: z.string(),
  description:
    '1 to 255 visible ASCII characters, with or without quotes, kept for 24 hours: the same request again gets the first result, with `Idempotent-Replayed: true`.',
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
    const {
      results: [result],
      replayed,
    } = await createUsers(c.get('caller'), [input], { idempotencyKey: idempotencyKeyOf(c) });
    if ('problems' in result!) throw new Refusal(result.problems[0].name, result.problems[0].detail);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return success({ serial: serialOf(result!) });
  },
});

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
      outcome: { name: 'USER_EMPLOYEE_ID_EXISTS', detail: errorDictionary.USER_EMPLOYEE_ID_EXISTS.detail },
    },
    { payload: { ...payloadExample, employeeID: 'EMPLY002' }, outcome: { serial: serialExample } },
  ]),
  refuses: keyErrors,
  async handle(c, { createUsers }) {
    const items = itemsOf(c.get('body'), 'users', batchLimit);
    const { results, replayed } = await createUsers(c.get('caller'), items.map(toInput), {
      idempotencyKey: idempotencyKeyOf(c),
    });
    // A key of another request, or of one that runs, refuses the request as a whole.
    const [first] = results;
    if (first && 'problems' in first && first.problems[0].path[0] === 'idempotencyKey')
      throw new Refusal(first.problems[0].name);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return bulkAnswer(
      results.map((result, index) => ({
        payload: withoutPassword(items[index]),
        outcome: 'problems' in result ? result.problems[0] : { serial: serialOf(result) },
      })),
    );
  },
});

function serialOf(result: CreateUserOutcome): string {
  return 'user' in result ? result.user.serial : '';
}

/** An item that is no object has no field at all. */
function toInput(item: unknown): CreateUserInput {
  return typeof item === 'object' && item !== null ? item : {};
}

/** Wherever it stands: what an item holds beside the fields comes from the same hand. A body is 64 levels deep at most. */
function withoutPassword(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(withoutPassword);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => name.toLowerCase() !== 'password')
      .map(([name, value]) => [name, withoutPassword(value)]),
  );
}

/** The key of draft-ietf-httpapi-idempotency-key-header, a structured-field string or bare. */
function idempotencyKeyOf(c: Context<Env>): string | null {
  const given = c.req.header('idempotency-key')?.trim() ?? null;
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given ?? '') ?? [];
  return quoted === undefined ? given : quoted.replace(/\\(.)/g, '$1');
}
