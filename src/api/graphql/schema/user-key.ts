import type { UserKey } from '../../../users/ports.ts';
import { builder } from './builder.ts';

/** Names a user in the arguments of a mutation. */
export const UserKeyRef = builder.inputType('UserKey', {
  description: 'Names one user of the company: by exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    serial: t.id({ description: 'As it was answered.' }),
    employeeID: t.string({ description: 'In any case.' }),
  }),
});

/** Returns what the argument names; the one field that it has was checked before. */
export function userKeyOf(by: { serial?: string | null; employeeID?: string | null }): UserKey {
  return by.serial == null ? { employeeID: by.employeeID! } : { serial: by.serial };
}
