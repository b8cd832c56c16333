import { GraphQLError } from 'graphql';

/**
 * Makes the error of an argument that breaks a rule which the schema cannot express. It is an error of its field, so
 * the answer stays 2xx (GraphQL over HTTP 6.4.2).
 *
 * @param message without any value of the request
 */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
