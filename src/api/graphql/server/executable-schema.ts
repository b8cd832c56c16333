import { schema } from '../schema/schema.ts';
import { locateRefusals } from './cheap-errors.ts';

/** The schema as the server executes it: refusals of its mutations know their place. */
export const executableSchema = locateRefusals(schema);
