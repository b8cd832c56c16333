import { z } from 'zod';
import type { StructuredOrganization } from '../../users/ports.ts';
import { envelope, success } from './envelopes.ts';
import { route } from './route.ts';

const organizationSchema = z
  .object({
    serial: z.string(),
    name: z.string(),
    isActive: z.boolean(),
    get childOrganizations() {
      return z.array(organizationSchema);
    },
  })
  .meta({ id: 'Organization' });
type Branch = z.output<typeof organizationSchema>;

/** Answers the organizations as a tree. */
export const structureRoute = route({
  method: 'GET',
  path: '/ruangkerja/company-structure',
  group: 'Company structure',
  scope: 'organizations:read',
  summary: 'The organizations of the company as a tree',
  answer: envelope(z.object({ organizations: z.array(organizationSchema) })),
  example: success({
    organizations: [
      {
        serial: 'COMPFJLYTHWL',
        name: 'Ruangkerja',
        isActive: true,
        childOrganizations: [{ serial: 'COMPCQI9VPAN', name: 'Finance', isActive: true, childOrganizations: [] }],
      },
    ],
  }),
  handle: async (c, { directory }) =>
    success({ organizations: treeOf(await directory.organizations(c.get('caller'))) }),
});

/** Makes the tree; siblings keep their order. */
function treeOf(organizations: readonly StructuredOrganization[]): Branch[] {
  const branches = new Map(
    organizations.map(({ serial, name, isActive }): [string, Branch] => [
      serial,
      { serial, name, isActive, childOrganizations: [] },
    ]),
  );
  const roots: Branch[] = [];
  for (const { serial, parentSerial } of organizations) {
    const siblings = parentSerial === null ? roots : branches.get(parentSerial)!.childOrganizations;
    siblings.push(branches.get(serial)!);
  }
  return roots;
}
