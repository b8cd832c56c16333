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
