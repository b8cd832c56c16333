import { z } from 'zod';
import type { UserField } from '../../users/user-field.ts';
import { fieldNames, storedFields, userFields } from '../../users/user-fields.ts';
import { tagExample, tagSchema } from './tag-routes.ts';

const jsonTypes = { string: z.string(), boolean: z.boolean(), strings: z.array(z.string()) };

function inputSchema({ type, required, description, restDescription = description }: UserField) {
  const schema = jsonTypes[type];
  return (required ? schema : schema.nullable().optional()).meta({ description: restDescription });
}

function answerSchema({ type, required, restAnswerDescription: description }: UserField) {
  const schema = required ? jsonTypes[type] : jsonTypes[type].nullable();
  return description ? schema.meta({ description }) : schema;
}

/** Describes the input of a creation. */
export const userInput = z
  .object(Object.fromEntries(fieldNames.map((name) => [name, inputSchema(userFields[name])])))
  .meta({ id: 'CreateUser' });

/** Describes the input of an update. */
export const updateInput = z
  .object({
    employeeID: z.string().meta({ description: 'The present one, as in the path.' }),
    name: inputSchema(userFields.name),
    newEmployeeID: z.string().nullable().optional().meta({ description: 'Changes the employee ID.' }),
    ...Object.fromEntries(
      (['username', 'phone', 'isActive', 'tagSerials', 'organizationSerial'] as const).map((name) => [
        name,
        inputSchema(userFields[name]),
      ]),
    ),
  })
  .meta({ id: 'UpdateUser' });

/** An update for the examples. */
export const updateInputExample = {
  employeeID: 'EMPLY001',
  name: 'John Doe',
  newEmployeeID: null,
  username: null,
  phone: '6281122334455',
  isActive: true,
  tagSerials: ['RUKRTAG-9WHL0JGP'],
  organizationSerial: 'COMPFJLYTHWL',
};

/** Describes the input of an update of the email. */
export const updateEmailInput = z
  .object({
    employeeID: z.string(),
    email: z.string().meta({ description: 'The password is mailed to it.' }),
    password: inputSchema(userFields.password),
  })
  .meta({ id: 'UpdateEmail' });

/** An input for the examples. */
export const inputExample = Object.fromEntries(fieldNames.map((name) => [name, userFields[name].example]));

/** Describes a user. */
export const userSchema = z
  .object({
    ...Object.fromEntries(storedFields.map((name) => [name, answerSchema(userFields[name])])),
    companyName: z.string(),
    companySerial: z.string().meta({ description: 'The code of the company.' }),
    organizationDisplayName: z.string().nullable(),
    organizationLevelSerial: z.string().nullable(),
    tags: z.array(tagSchema),
  })
  .meta({ id: 'User' });

/** A user for the examples. */
export const userExample: z.output<typeof userSchema> = {
  ...Object.fromEntries(storedFields.map((name) => [name, userFields[name].example])),
  companyName: 'Ruangkerja',
  companySerial: 'RUKR',
  organizationDisplayName: 'Ruangkerja',
  organizationLevelSerial: 'COMPFJLYTHWL',
  tags: [tagExample],
};
