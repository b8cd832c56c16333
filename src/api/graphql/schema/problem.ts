import { errorDictionary } from '../../../errors/error-dictionary.ts';
import type { Problem } from '../../../users/fields.ts';
import { builder } from './builder.ts';
import { ErrorNameRef } from './error-dictionary.ts';

const ProblemRef = builder.objectRef<Problem>('Problem').implement({
  description: 'One broken rule.',
  fields: (t) => ({
    errorCode: t.int({ resolve: ({ name }) => errorDictionary[name].errorCode }),
    message: t.expose('name', { type: ErrorNameRef }),
    detail: t.exposeString('detail'),
    path: t.exposeStringList('path', { description: 'The input field, e.g. ["tagSerials", "1"].' }),
  }),
});

/** Makes the type of a mutation's refusal: its first problem, and all of them. */
export function errorType<Refused extends { problems: [Problem, ...Problem[]] }>(name: string, description: string) {
  return builder.objectRef<Refused>(name).implement({
    description,
    fields: (t) => ({
      errorCode: t.int({ resolve: ({ problems: [first] }) => errorDictionary[first.name].errorCode }),
      message: t.field({ type: ErrorNameRef, resolve: ({ problems: [first] }) => first.name }),
      detail: t.string({ resolve: ({ problems: [first] }) => first.detail }),
      problems: t.field({
        type: [ProblemRef],
        description:
          'Every problem found: required and format problems in the order of the input, then what is taken, then ' +
          'unknown ' +
          'references.',
        resolve: ({ problems }) => problems,
      }),
    }),
  });
}
