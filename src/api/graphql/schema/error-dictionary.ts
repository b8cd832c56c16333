import { type DictionaryEntry, errorDictionary, type ErrorName } from '../../../errors/error-dictionary.ts';
import { builder } from './builder.ts';

const names = Object.keys(errorDictionary) as ErrorName[];

/** The names of the error dictionary. */
export const ErrorNameRef = builder.enumType('ErrorName', {
  description: 'One value for each row of the error dictionary.',
  values: Object.fromEntries(names.map((name) => [name, { description: errorDictionary[name].detail }])) as Record<
    ErrorName,
    { description: string }
  >,
});

const DictionaryEntryRef = builder.objectRef<DictionaryEntry & { name: ErrorName }>('DictionaryEntry').implement({
  description: 'One row of the error dictionary. A number is never given a second meaning.',
  fields: (t) => ({
    errorCode: t.exposeInt('errorCode', {
      description:
        'Area (101 user, 111 tag, 121 organization, 131 access) and a running number; ' +
        'below 1000 the HTTP status itself.',
    }),
    message: t.expose('name', { type: ErrorNameRef }),
    detail: t.exposeString('detail', { description: 'One sentence.' }),
    httpStatus: t.exposeInt('httpStatus', {
      description: 'The HTTP status of the REST routes; for a tag or an organization that a path names it is 404.',
    }),
  }),
});

builder.queryField('errorDictionary', (t) =>
  t.field({
    description: 'Every error that GraphQL and REST can answer. Needs no token.',
    type: [DictionaryEntryRef],
    extensions: { items: names.length },
    resolve: () => names.map((name) => ({ name, ...errorDictionary[name] })),
  }),
);
