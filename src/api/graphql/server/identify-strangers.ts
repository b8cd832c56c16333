import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ServerContext } from './server-context.ts';

/** Marks the context of a request without a valid token, before its document is read. */
export type IdentifyStranger = (query: unknown, context: ServerContext) => Promise<void>;

/**
 * Makes the check whether a request comes from a stranger. Only an unknown document needs it: the errors of a document
 * show the schema, and a known document has none.
 *
 * @param documents the valid documents, by their text
 * @param schemaNeedsToken whether only clients may learn the schema
 */
export function makeIdentifyStranger(
  documents: ReadonlyMap<unknown, DocumentNode>,
  schemaNeedsToken: boolean,
): IdentifyStranger {
  return async (query, context) => {
    if (schemaNeedsToken && !documents.has(query)) context.isStranger = (await context.caller()) === null;
  };
}

/** Runs the check for a request on Yoga's own path. */
export function identifyStrangers(identify: IdentifyStranger): Plugin<object, ServerContext> {
  return { onParams: ({ params, context }) => identify(params?.query, context) };
}
