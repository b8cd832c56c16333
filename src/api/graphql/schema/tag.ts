import type { Tag } from '../../../users/ports.ts';
import { builder } from './builder.ts';

/** A label on users. */
export const TagRef = builder.objectRef<Tag>('Tag').implement({
  description: 'A label that a company puts on users.',
  fields: (t) => ({
    serial: t.exposeID('serial', { description: 'Company code, `TAG-` and 8 of A-Z 0-9, e.g. `RUKRTAG-9WHL0JGP`.' }),
    name: t.exposeString('name'),
  }),
});
