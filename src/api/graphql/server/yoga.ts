import type { DocumentNode } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Context } from '../schema/builder.ts';
import { executableSchema } from './executable-schema.ts';
import { guardExecution } from './guard-execution.ts';
import { identifyStrangers, type IdentifyStranger } from './identify-strangers.ts';
import { publishExecution } from './publish-execution.ts';
import { type PublishResult, publishResults } from './publish-result.ts';
import { refuseBrokenJson } from './refuse-broken-json.ts';
import { refuseMissingQueries } from './refuse-missing-queries.ts';
import { rememberDocuments } from './remember-documents.ts';
import type { ServerContext } from './server-context.ts';

/** The parts of the GraphQL server. */
export interface YogaNeeds {
  /** The valid documents, by their text. */
  documents: Map<string, DocumentNode>;
  schemaNeedsToken: boolean;
  contextOf: (server: ServerContext) => Context;
  identify: IdentifyStranger;
  publish: PublishResult;
}

/** Makes the GraphQL server: what happens to a request, in this order. */
export function makeYoga({ documents, schemaNeedsToken, contextOf, identify, publish }: YogaNeeds) {
  return createYoga<ServerContext, Context>({
    schema: executableSchema,
    context: contextOf,
    plugins: [
      refuseBrokenJson(),
      refuseMissingQueries(),
      identifyStrangers(identify),
      rememberDocuments(documents, schemaNeedsToken),
      publishExecution(),
      guardExecution(schemaNeedsToken),
      publishResults(publish),
    ],
    fetchAPI: { Response },
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    // `readBody` holds the limit.
    maxRequestBodySize: false,
    // `rememberDocuments` is both.
    parserAndValidationCache: false,
    // `publishResults` masks: it knows the request's id.
    maskedErrors: false,
  });
}
