import { lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.ts';
import './error-dictionary.ts';
import './problem.ts';
import './tag.ts';
import './organization.ts';
import './password-delivery.ts';
import './user.ts';
import './create-user.ts';
import './create-users.ts';
import './upsert-users.ts';
import './create-tag.ts';
import './tag-connection.ts';
import './organizations.ts';
import './resend-password.ts';
import './update-user.ts';
import './erase-user.ts';
import './user-connection.ts';

/** The schema. Types and fields keep the order in which their files are loaded: introspection and problems show it. */
export const schema = builder.toSchema({ sortSchema: false });

/** Prints the SDL as `schema.graphql` keeps it, for review and for clients that generate code. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
