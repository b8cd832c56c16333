import { type DocumentNode, GraphQLError, Kind, parse, visit } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Caller } from '../../access/ports.ts';
import type { CreateUsers } from '../../users/create-users.ts';
import { Refusal } from '../../users/error-dictionary.ts';
import type { Directory } from '../../users/directory.ts';
import type { UserStore } from '../../users/ports.ts';
import type { ReadUsers } from '../../users/read-users.ts';
import type { ResendPassword } from '../../users/resend-password.ts';
import type { Exchange } from '../exchange.ts';
import { asRefusal, type ErrorLog } from '../failure.ts';
import { batch } from './batch.ts';
import type { Context } from './builder.ts';
import { isVariableError, publicError, refusalError, variableErrors } from './errors.ts';
import { OperationLimitsRule, operationLimits } from './operation-limits.ts';
import { schema } from './schema.ts';

export interface GraphqlNeeds {
  authenticate: (authorization: string | null) => Promise<Caller | null>;
  createUsers: CreateUsers;
  findUser: UserStore['find'];
  readUsers: ReadUsers;
  resendPassword: ResendPassword;
  directory: Directory;
  /** In production the schema is told to clients only. */
  introspectionNeedsToken: boolean;
  log: ErrorLog;
}

/** GraphQL over HTTP at `/graphql`: `application/json` by POST, queries also by GET. */
export function makeGraphql(needs: GraphqlNeeds) {
  const yoga = createYoga<{ exchange: Exchange }, Context>({
    schema,
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    // The edge has read the body within its limit already.
    maxRequestBodySize: false,
    fetchAPI: { Response },
    parserAndValidationCache: { documentCache: shortDocuments(), errorCache: { get: () => undefined, set: () => {} } },
    maskedErrors: { isDev: false, maskError: (error) => publicError(error) ?? masked(error) },
    context: ({ request, exchange }) => {
      const { createUsers, findUser, readUsers, resendPassword, directory } = needs;
      let known: Promise<Caller | null> | undefined;
      const caller = () =>
        (known ??= needs.authenticate(request.headers.get('authorization')).then((found) => {
          if (found) exchange.clientId = found.clientId;
          return found;
        }));
      // Without a caller nothing is shown that they could be asked of.
      const passwordMail = batch(async (serials) => readUsers.passwordMails((await caller())!.companyId, serials));
      const parentSerial = batch(async () => directory.parents((await caller())!.companyId));
      return { exchange, caller, createUsers, findUser, readUsers, resendPassword, directory, passwordMail, parentSerial };
    },
    plugins: [limitOperations(), hideValues(), guardIntrospection(), noteErrorCode()],
  });

  function masked(error: unknown, exchange?: Exchange): GraphQLError {
    const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    return refusalError(asRefusal(cause, exchange, needs.log), error instanceof GraphQLError ? error : undefined);
  }

  function limitOperations(): Plugin {
    return {
      onParse: ({ setParseFn }) => setParseFn((source, options) => parse(source, { ...options, maxTokens: operationLimits.tokens })),
      onValidate: ({ addValidationRule }) => addValidationRule(OperationLimitsRule),
    };
  }

  function hideValues(): Plugin<Context> {
    return {
      onValidate: () => ({ result, setResult }) => setResult((result as GraphQLError[]).map((error) => publicError(error) ?? error)),
      onExecute: ({ args }) => ({
        onExecuteDone: ({ result, setResult }) => {
          if (!('errors' in result) || !result.errors) return;
          const variables = result.errors.some(isVariableError)
            ? variableErrors(schema, args.document, args.operationName ?? undefined, args.variableValues ?? {})
            : [];
          const others = result.errors.filter((error) => !isVariableError(error));
          setResult({ ...result, errors: [...variables, ...others.map((error) => publicError(error) ?? masked(error, args.contextValue.exchange))] });
        },
      }),
    };
  }

  function guardIntrospection(): Plugin<Context> {
    return {
      onExecute: async ({ args, setResultAndStopExecution }) => {
        if (!needs.introspectionNeedsToken || !introspects(args.document)) return;
        if (await args.contextValue.caller()) return;
        setResultAndStopExecution({ errors: [refusalError(new Refusal('UNAUTHORIZED'))] });
      },
    };
  }

  function noteErrorCode(): Plugin<object, { exchange: Exchange }> {
    return {
      onExecutionResult: ({ result, context }) => {
        const [error] = result && 'errors' in result && result.errors ? result.errors : [];
        if (!error) return;
        const errorCode = error.extensions?.['errorCode'];
        context.exchange.errorCode ??= typeof errorCode === 'number' ? errorCode : 400;
      },
    };
  }

  return (request: Request, exchange: Exchange): Promise<Response> | Response => yoga.fetch(request, { exchange });
}

/** A cache of parsed documents that a client can't fill with megabytes: at most 500 of 10,000 characters. */
function shortDocuments() {
  const documents = new Map<string, DocumentNode>();
  return {
    get: (source: string) => documents.get(source),
    set: (source: string, document: DocumentNode) => {
      if (source.length > 10_000) return;
      documents.set(source, document);
      if (documents.size > 500) documents.delete(documents.keys().next().value!);
    },
  };
}

function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    [Kind.FIELD]: (field) => {
      found ||= field.name.value === '__schema' || field.name.value === '__type';
    },
  });
  return found;
}
