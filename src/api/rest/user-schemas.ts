import { z } from 'zod';
import { tagExample, tagSchema } from './tag-routes.ts';

const optional = z.string().nullable().optional();

/** Describes the input of a creation. */
export const userInput = z
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

/** An input for the examples. */
export const inputExample = {
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

/** Describes a user. */
export const userSchema = z
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

/** A user for the examples. */
export const userExample: z.output<typeof userSchema> = {
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
