import { z } from 'zod';
import { errorDictionary } from '../../errors/error-dictionary.ts';
import { batchLimit } from '../../users/create-users.ts';
import type { CreateUserInput } from '../../users/fields.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { bulkAnswer, bulkEnvelope, envelope, success } from './envelopes.ts';
import { asObject, itemsOf } from './json-body.ts';
import { removePasswords } from './remove-passwords.ts';
import { route } from './route.ts';
import {
  answerOf,
  fieldErrors,
  idempotencyKeyParameter,
  keyErrors,
  resultsOf,
  serialExample,
  serialOf,
  toInput,
} from './user-answers.ts';
import { inputExample, userInput } from './user-schemas.ts';

const { password: _, ...payloadExample } = inputExample;

/** Creates one user. */
export const createUser = route({
  method: 'POST',
  path: '/ruangkerja/users',
  group: 'Users',
  scope: 'users:create',
  summary: 'Create a user',
  description:
    'The user is stored whole or not at all, and a mail with the password is queued by the same transaction.',
  parameters: [idempotencyKeyParameter],
  body: { schema: userInput, example: inputExample },
  answer: envelope(z.object({ serial: z.string() })),
  example: success({ serial: serialExample }),
  refuses: [...fieldErrors, ...keyErrors],
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
  parameters: [idempotencyKeyParameter],
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
