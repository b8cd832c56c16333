import type { Context } from 'hono';
import { z } from 'zod';
import { batchLimit, type CreateUserOutcome } from '../../users/create-users.ts';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import type { CreateUserInput } from '../../users/fields.ts';
import type { Company, User } from '../../users/ports.ts';
import {
  asObject,
  bulkAnswer,
  bulkEnvelope,
  type Env,
  envelope,
  itemsOf,
  listOf,
  pageOf,
  pageParameters,
  pageTold,
  type Parameter,
  type Route,
  route,
  success,
} from './route.ts';
import { tagExample, tagSchema } from './tag-routes.ts';

const optional = z.string().nullable().optional();
const userInput = z
  .object({
    employeeID: z.string().meta({
      description: 'Letters a-z A-Z and digits 0-9, at most 64; unique in the company without regard to case.',
    }),
    name: z.string().meta({ description: 'At most 200 characters, no control characters.' }),
    username: optional.meta({ description: 'What the user signs in with: letters and digits, at most 64.' }),
    email: optional.meta({ description: 'Required if phone is empty. The password is mailed to it.' }),
    phone: optional.meta({ description: 'Required if email is empty. Kept as digits of E.164 without the plus.' }),
    password: optional.meta({ description: '8 to 128 characters; if empty, a random one is made.' }),
    isActive: z.boolean().meta({ description: 'Status of the user.' }),
    tagSerials: z
      .array(z.string())
      .nullable()
      .optional()
      .meta({ description: 'Serials of existing tags, at most 100.' }),
    organizationSerial: optional.meta({ description: 'Serial of an existing, active organization.' }),
  })
  .meta({ id: 'CreateUser' });
const inputExample = {
  employeeID: 'EMPLY001',
  name: 'John Doe',
  username: null,
  email: 'john.doe@example.com',
  phone: '6281122334455',
  password: null,
  isActive: true,
  tagSerials: [tagExample.serial],
  organizationSerial: 'COMPFJLYTHWL',
};
const { password: _, ...payloadExample } = inputExample;
const serialExample = 'JOHNILXV3QAJJEL3';

const userSchema = z
  .object({
    employeeID: z.string(),
    name: z.string(),
    username: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable().meta({ description: 'Digits of E.164 without the plus.' }),
    isActive: z.boolean(),
    companyName: z.string(),
    companySerial: z.string().meta({ description: 'The code of the company.' }),
    organizationDisplayName: z.string().nullable(),
    organizationLevelSerial: z.string().nullable(),
    tags: z.array(tagSchema),
  })
  .meta({ id: 'User' });
const userExample: z.output<typeof userSchema> = {
  employeeID: 'EMPLY001',
  name: 'John Doe',
  username: null,
  email: 'john.doe@example.com',
  phone: '6281122334455',
  isActive: true,
  companyName: 'Ruangkerja',
  companySerial: 'RUKR',
  organizationDisplayName: 'Ruangkerja',
  organizationLevelSerial: 'COMPFJLYTHWL',
  tags: [tagExample],
};

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

const createUser = route({
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

const createUserBulk = route({
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

const filter = (name: string, description: string, schema: z.ZodType = z.string()): Parameter => ({
  in: 'query',
  name,
  description,
  schema,
});

const listUsers = route({
  method: 'GET',
  path: '/ruangkerja/users',
  group: 'Users',
  scope: 'users:read',
  summary: 'List users',
  description:
    'In the order of creation. Filters by name, email and phone look at the newest 10,000 users that the others leave, and `totalItems` counts among those.',
  parameters: [
    ...pageParameters,
    filter('isActive', 'Status.', z.boolean()),
    filter('employeeID', 'Exact, in any case.'),
    filter('name', 'Contained, in any case.'),
    filter('email', 'Contained, in any case.'),
    filter('phone', 'Contained digits.'),
  ],
  answer: envelope(listOf(userSchema)),
  example: success({ currentPage: 1, totalItems: 1, totalPage: 1, items: [userExample] }),
  refuses: ['BAD_REQUEST'],
  told: pageTold,
  async handle(c, { readUsers, directory }) {
    const { companyId } = c.get('caller');
    const { employeeID, name, email, phone } = c.req.query();
    const listing = readUsers.listing(companyId, {
      employeeID,
      name,
      email,
      phone,
      isActive: isActiveOf(c.req.query('isActive')),
    });
    const company = await directory.company(companyId);
    return success(await pageOf(c, listing, (user) => shapeOf(user, company)));
  },
});

const getUser = route({
  method: 'GET',
  path: '/ruangkerja/users/{employeeID}',
  group: 'Users',
  scope: 'users:read',
  summary: 'One user',
  pathParameters: { employeeID: { description: 'In any case.', example: 'EMPLY001' } },
  answer: envelope(userSchema),
  example: success(userExample),
  notFound: 'USER_NOT_FOUND',
  async handle(c, { readUsers, directory }) {
    const { companyId } = c.get('caller');
    const user = await readUsers.find(companyId, { employeeID: c.req.param('employeeID') ?? '' });
    return user && success(shapeOf(user, await directory.company(companyId)));
  },
});

export const userRoutes: readonly Route[] = [createUser, listUsers, createUserBulk, getUser];

function shapeOf(
  { employeeID, name, username, email, phone, isActive, organization, tags }: User,
  company: Company,
): z.output<typeof userSchema> {
  return {
    employeeID,
    name,
    username,
    email,
    phone,
    isActive,
    companyName: company.name,
    companySerial: company.code,
    organizationDisplayName: organization?.name ?? null,
    organizationLevelSerial: organization?.serial ?? null,
    tags,
  };
}

function isActiveOf(given: string | undefined): boolean | null {
  if (!given) return null;
  if (given !== 'true' && given !== 'false') throw new Refusal('BAD_REQUEST', 'isActive must be true or false');
  return given === 'true';
}

function serialOf(result: CreateUserOutcome): string {
  return 'user' in result ? result.user.serial : '';
}

/** An item that is no object has no field at all. */
function toInput(item: unknown): CreateUserInput {
  return typeof item === 'object' && item !== null ? item : {};
}

function withoutPassword(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  const { password: _, ...payload } = item as { password?: unknown };
  return payload;
}

/** The key of draft-ietf-httpapi-idempotency-key-header, a structured-field string or bare. */
function idempotencyKeyOf(c: Context<Env>): string | null {
  const given = c.req.header('idempotency-key')?.trim() ?? null;
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given ?? '') ?? [];
  return quoted === undefined ? given : quoted.replace(/\\(.)/g, '$1');
}
