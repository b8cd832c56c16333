import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses the hash of a persisted query, since none are stored. Apollo Client then sends the document, and goes on
 * sending documents: it looks for this code or message among the errors of a 200 (@apollo/client,
 * `PersistedQueryLink`).
 */
export function refusePersistedQueries(): Plugin {
  // Each error is completed with its request's id.
  const refused = () =>
    new GraphQLError('PersistedQueryNotSupported', {
      extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', errorCode: 400, http: { status: 200 } },
    });
  return {
    onParams: ({ params }) => {
      if (params?.query == null && params?.extensions?.['persistedQuery'] != null) throw refused();
    },
  };
}
