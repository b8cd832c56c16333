import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../../../errors/error-dictionary.ts';

/**
 * Refuses a request without a document, which is also what a person sends who opens `/graphql` in production.
 *
 * It may hold the hash of a persisted query, but none are stored. Apollo Client then sends the document, and goes on
 * sending documents: it looks for this code or message among the errors of a 200 (@apollo/client,
 * `PersistedQueryLink`).
 */
export function refuseMissingQueries(): Plugin {
  // Each error is completed with its request's id.
  const notSupported = () =>
    new GraphQLError('PersistedQueryNotSupported', {
      extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', errorCode: 400, http: { status: 200 } },
    });
  return {
    onParams: ({ params }) => {
      if (params?.query != null) return;
      if (params?.extensions?.['persistedQuery'] != null) throw notSupported();
      throw new Refusal(
        'BAD_REQUEST',
        'the query is missing: POST { "query": "…" } as application/json, or GET with the parameter query',
      );
    },
  };
}
