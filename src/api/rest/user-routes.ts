import { z } from 'zod';
import { Refusal } from '../../errors/error-dictionary.ts';
import type { Company, User } from '../../users/ports.ts';
import { storedFields } from '../../users/user-fields.ts';
import { noteOutcomes } from '../http/exchange.ts';
import { createUser, createUserBulk } from './create-user-routes.ts';
import { envelope, success } from './envelopes.ts';
import { listOf, pageDetails, pageOf, pageParameters } from './list-page.ts';
import { type Parameter, type Route, route } from './route.ts';
import { updateUserRoutes } from './update-user-routes.ts';
import { userExample, userSchema } from './user-schemas.ts';

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
    'In the order of creation. Filters by name, email and phone look at the newest 10,000 users that the others ' +
    'leave, ' +
    'and `totalItems` counts among those.',
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
  details: pageDetails,
  async handle(c, { readUsers, directory }) {
    const caller = c.get('caller');
    const { employeeID, name, email, phone } = c.req.query();
    const listing = readUsers.listing(caller, {
      employeeID,
      name,
      email,
      phone,
      isActive: isActiveOf(c.req.query('isActive')),
    });
    const company = await directory.company(caller.companyId);
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
    const caller = c.get('caller');
    const user = await readUsers.find(caller, { employeeID: c.req.param('employeeID') ?? '' });
    return user && success(shapeOf(user, await directory.company(caller.companyId)));
  },
});

const eraseUser = route({
  method: 'DELETE',
  path: '/ruangkerja/users/{employeeID}',
  group: 'Users',
  scope: 'users:erase',
  summary: 'Erase a user',
  description:
    'Every personal value of the user is gone for good, and employee ID, username, email and phone are free. ' +
    'To keep somebody who leaves, update `isActive`. Counts in the rate limit.',
  pathParameters: { employeeID: { description: 'In any case.', example: 'EMPLY001' } },
  answer: envelope(z.object({ serial: z.string() })),
  example: success({ serial: 'JOHNILXV3QAJJEL3' }),
  refuses: ['TOO_MANY_REQUESTS'],
  notFound: 'USER_NOT_FOUND',
  async handle(c, { eraseUser }) {
    const outcome = await eraseUser(c.get('caller'), { employeeID: c.req.param('employeeID') ?? '' });
    noteOutcomes(c.env, [outcome]);
    return outcome.kind === 'erased' ? success({ serial: outcome.serial }) : null;
  },
});

/** The routes of users. */
export const userRoutes: readonly Route[] = [
  createUser,
  listUsers,
  createUserBulk,
  ...updateUserRoutes,
  getUser,
  eraseUser,
];

function shapeOf(user: User, company: Company): z.output<typeof userSchema> {
  const { organization, tags } = user;
  return {
    ...Object.fromEntries(storedFields.map((name) => [name, user[name]])),
    companyName: company.name,
    companySerial: company.code,
    organizationDisplayName: organization?.name ?? null,
    organizationLevelSerial: organization?.serial ?? null,
    tags,
  };
}

/** Reads the filter; null without one. */
function isActiveOf(text: string | undefined): boolean | null {
  if (!text) return null;
  if (text !== 'true' && text !== 'false') throw new Refusal('BAD_REQUEST', 'isActive must be true or false');
  return text === 'true';
}
