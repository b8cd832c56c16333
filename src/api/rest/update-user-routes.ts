import { z } from 'zod';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import { batchLimit } from '../../users/create-users.ts';
import type { UpsertUserOutcome } from '../../users/outcome.ts';
import type { UserUpdate } from '../../users/plan-updates.ts';
import { foldKey } from '../../users/ports.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { bulkAnswer, bulkEnvelope, type BulkOutcome, envelope, success } from './envelopes.ts';
import { asObject, itemsOf } from './json-body.ts';
import { removePasswords } from './remove-passwords.ts';
import { type Route, route } from './route.ts';
import { updateInput, updateInputExample, updateEmailInput } from './user-schemas.ts';
import {
  answerOf,
  fieldErrors,
  idempotencyKeyParameter,
  keyErrors,
  resultsOf,
  serialExample,
  serialOf,
} from './user-answers.ts';

type Body = { readonly [name: string]: unknown };
/** An item of a bulk call: an update, or the error that its employee ID has. */
type Item = { kind: 'update'; update: UserUpdate } | Extract<BulkOutcome, { kind: 'refused' }>;

const updateUser = route({
  method: 'PUT',
  path: '/ruangkerja/users/{employeeID}',
  group: 'Users',
  scope: 'users:update',
  summary: 'Update a user',
  description:
    'Absent, null and empty leave an optional field as it is; `tagSerials: []` takes all tags off. ' +
    'Email and password have a call of their own.',
  parameters: [idempotencyKeyParameter],
  pathParameters: { employeeID: { description: 'In any case.', example: 'EMPLY001' } },
  body: { schema: updateInput, example: updateInputExample },
  answer: envelope(z.object({ serial: z.string() })),
  example: success({ serial: serialExample }),
  refuses: ['USER_NOT_FOUND', ...fieldErrors.filter((name) => !/EMAIL|PASSWORD/.test(name)), ...keyErrors],
  async handle(c, { updateUsers }) {
    const body = asObject(c.get('body')) as Body;
    const item = updateOf(body);
    if (item.kind === 'refused') throw new Refusal(item.name, item.detail);
    const { by } = item.update;
    if (!('employeeID' in by) || foldKey(by.employeeID) !== foldKey(c.req.param('employeeID') ?? ''))
      throw new Refusal('BAD_REQUEST', 'employeeID must be that of the path; newEmployeeID changes it');
    const idempotencyKey = idempotencyKeyOf(c.req.raw.headers);
    const [result] = await resultsOf(c, 1, updateUsers(c.get('caller'), [item.update], { idempotencyKey }));
    return success({ serial: serialOf(withRestNames(result!)) });
  },
});

/** Makes a bulk call of updates. */
function bulk(
  path: string,
  texts: { summary: string; description: string },
  item: { schema: z.ZodType; example: Body; read: (body: Body) => Item },
): Route {
  const refused = { kind: 'refused', name: 'USER_NOT_FOUND', detail: errorDictionary.USER_NOT_FOUND.detail } as const;
  return route({
    method: 'POST',
    path,
    group: 'Users',
    scope: 'users:update',
    ...texts,
    parameters: [idempotencyKeyParameter],
    body: { schema: z.object({ items: z.array(item.schema) }), example: { items: [item.example] } },
    answer: bulkEnvelope(z.unknown().meta({ description: 'The item as it came, without its password.' })),
    example: bulkAnswer([
      { payload: { ...item.example, employeeID: 'EMPLY404' }, outcome: refused },
      { payload: item.example, outcome: { kind: 'created', serial: serialExample } },
    ]),
    refuses: keyErrors,
    async handle(c, { updateUsers }) {
      const items = itemsOf(c.get('body'), 'users', batchLimit);
      const read = items.map((one) => item.read(typeof one === 'object' && one !== null ? (one as Body) : {}));
      const updates = read.flatMap((one) => (one.kind === 'update' ? [one.update] : []));
      const idempotencyKey = idempotencyKeyOf(c.req.raw.headers);
      const results =
        updates.length === 0
          ? []
          : await resultsOf(c, updates.length, updateUsers(c.get('caller'), updates, { idempotencyKey }));
      const next = results.values();
      await removePasswords(items);
      return bulkAnswer(
        read.map((one, at) => ({
          payload: items[at],
          outcome: one.kind === 'refused' ? one : answerOf(next.next().value!),
        })),
      );
    },
  });
}

const updateBulk = bulk(
  '/ruangkerja/users/update-bulk',
  {
    summary: `Update up to ${batchLimit} users`,
    description: 'As if one after the other: a bad item never stops the others.',
  },
  { schema: updateInput, example: updateInputExample, read: updateOf },
);

const updateEmailBulks = ['update-email-bulk', 'update-bulk-email'].map((name) =>
  bulk(
    `/ruangkerja/users/${name}`,
    {
      summary: `Give up to ${batchLimit} users another email`,
      description:
        'Each gets a new password too, the given one or a random one, mailed to the new address; mails to the old ' +
        'address that were not sent yet are deleted. The documentation has this call under two names.',
    },
    {
      schema: updateEmailInput,
      example: { employeeID: 'EMPLY001', email: 'john.new@example.com', password: null },
      read: ({ employeeID, email = null, password = null }) =>
        named(employeeID, (by) => ({ by, input: { email, password }, renewsPassword: true })),
    },
  ),
);

/** The routes that change users. */
export const updateUserRoutes: readonly Route[] = [updateUser, updateBulk, ...updateEmailBulks];

/** Reads the body of an update: a required field that is absent is as one that is null. */
function updateOf({ employeeID, name, isActive, newEmployeeID, ...optional }: Body): Item {
  const { username, phone, tagSerials, organizationSerial } = optional;
  return named(employeeID, (by) => ({
    by,
    input: {
      name: name ?? null,
      isActive: isActive ?? null,
      ...given({ employeeID: newEmployeeID, username, phone, tagSerials, organizationSerial }),
    },
  }));
}

/** Returns the values that are not empty. */
function given(values: Body): Body {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

function named(employeeID: unknown, update: (by: UserUpdate['by']) => UserUpdate): Item {
  const refused = (name: ErrorName): Item => ({ kind: 'refused', name, detail: errorDictionary[name].detail });
  if (Object.keys(given({ employeeID })).length === 0) return refused('USER_EMPLOYEE_ID_REQUIRED');
  if (typeof employeeID !== 'string') return refused('USER_EMPLOYEE_ID_INVALID');
  return { kind: 'update', update: update({ employeeID }) };
}

/** Names the new employee ID as the body does; the present one is wrong only if nobody has it. */
function withRestNames(outcome: UpsertUserOutcome): UpsertUserOutcome {
  if (outcome.kind !== 'refused') return outcome;
  const [first, ...others] = outcome.problems.map((problem) =>
    problem.path[0] === 'employeeID' && problem.name !== 'USER_NOT_FOUND'
      ? { ...problem, path: ['newEmployeeID'] }
      : problem,
  );
  return { ...outcome, problems: [first!, ...others] };
}
