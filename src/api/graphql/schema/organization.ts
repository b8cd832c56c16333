import type { Organization } from '../../../users/ports.ts';
import { builder } from './builder.ts';

/** A unit in the tree of a company. */
export const OrganizationRef = builder.objectRef<Organization>('Organization').implement({
  description: 'A unit in the structure of a company.',
  fields: (t) => ({
    serial: t.exposeID('serial', { description: '`COMP` and 8 of A-Z 0-9, e.g. `COMPFJLYTHWL`.' }),
    name: t.exposeString('name'),
    isActive: t.exposeBoolean('isActive', { description: 'An inactive organization takes no new users.' }),
    parentSerial: t.id({
      nullable: true,
      description: 'Of the organization above; null at the top.',
      resolve: async ({ serial }, _, { parentSerial }) => (await parentSerial(serial)) ?? null,
    }),
  }),
});
