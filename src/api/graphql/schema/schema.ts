import { lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.ts';
import { placingRefusals } from '../server/errors.ts';
import './create-users.ts';
import './error-dictionary.ts';
import './directory.ts';
import './resend-password.ts';
import './user.ts';
import './users.ts';

/** The executable schema; each type's file adds its own queries and mutations. */
export const schema = placingRefusals(builder.toSchema());

/** The SDL as `schema.graphql` keeps it, for review and for clients that generate code. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
