import { type DocumentNode, type ExecutionResult, getOperationAST, type GraphQLError } from 'graphql';
import { createYoga, type GraphQLParams, processRegularResult } from 'graphql-yoga';
import type { Caller } from '../../../access/ports.ts';
import { batch } from '../../../batch.ts';
import type { CreateUsers } from '../../../users/create-users.ts';
import { Refusal } from '../../../errors/error-dictionary.ts';
import type { Directory } from '../../../users/directory.ts';
import type { ReadUsers } from '../../../users/read-users.ts';
import type { ResendPassword } from '../../../users/resend-password.ts';
import { acceptedType } from '../../http/accept.ts';
import type { Exchange } from '../../http/exchange.ts';
import { asRefusal, type ErrorLog } from '../../http/failure.ts';
import { fromFetch, type PlainRequest, type PlainResponse } from '../../http/plain.ts';
import { readBody } from '../../http/read-body.ts';
import type { Context } from '../schema/builder.ts';
import { publicError, refusalError, withoutStacks } from './errors.ts';
import { judgeVariables, publishErrors, readDocuments, refuseBrokenJson, requireToken } from './plugins.ts';
import { schema } from '../schema/schema.ts';

export interface GraphqlNeeds {
  authenticate: (authorization: string | null) => Promise<Caller | null>;
  createUsers: CreateUsers;
  readUsers: ReadUsers;
  resendPassword: ResendPassword;
  directory: Directory;
  /** In production the schema is told to clients only. */
  schemaNeedsToken: boolean;
  maxBodyBytes: number;
  /** Takes every request through Yoga's own HTTP layer: the tests compare both ways. */
  withoutLeanWay: boolean;
  log: ErrorLog;
}

/** GraphQL over HTTP at `/graphql`: `application/json` by POST, queries also by GET. */
export function makeGraphql(needs: GraphqlNeeds) {
  const documents = new Map<string, DocumentNode>();
  const { readUsers, directory } = needs;
  // SQLite looks them up on the event loop.
  const mailOf = batch(async (serials: readonly string[], companyId) => {
    const mails = await readUsers.passwordMails(companyId, [...new Set(serials)]);
    return serials.map((serial) => mails.get(serial));
  }, 1_000);
  const parentOf = batch(async (serials: readonly string[], companyId) => {
    const parents = await directory.parents(companyId);
    return serials.map((serial) => parents.get(serial));
  });
  const yoga = createYoga<{ exchange: Exchange }, Context>({
    schema,
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    // The body is read within its limit here.
    maxRequestBodySize: false,
    fetchAPI: { Response },
    // `readDocuments` is both.
    parserAndValidationCache: false,
    // `publish` masks, at the one door that knows the request.
    maskedErrors: false,
    context: ({ request, exchange }) => {
      const { createUsers, resendPassword } = needs;
      let known: Promise<Caller | null> | undefined;
      const caller = () =>
        (known ??= needs.authenticate(request.headers.get('authorization')).then((found) => {
          if (found) exchange.clientId = found.clientId;
          return found;
        }));
      // Without a caller nothing is shown that they could be asked of.
      const passwordMail = async (serial: string) => mailOf(serial, (await caller())!.companyId);
      const parentSerial = async (serial: string) => parentOf(serial, (await caller())!.companyId);
      return { exchange, caller, createUsers, readUsers, resendPassword, directory, passwordMail, parentSerial };
    },
    plugins: [
      refuseBrokenJson(),
      readDocuments(documents, needs.schemaNeedsToken),
      judgeVariables(),
      requireToken(needs.schemaNeedsToken),
      publishErrors(publish),
    ],
  });

  /** What a client may see of a result: errors without the cause of a surprise and without values of the request. */
  function publish(result: ExecutionResult, exchange: Exchange): ExecutionResult {
    if (!result.errors) return result;
    const errors = result.errors.map((error) => publicError(error) ?? masked(error, exchange));
    const errorCode = errors[0]?.extensions['errorCode'];
    exchange.errorCode ??= typeof errorCode === 'number' ? errorCode : 400;
    return { ...result, errors: errors as readonly GraphQLError[] };
  }

  function masked(error: GraphQLError, exchange: Exchange) {
    return refusalError(asRefusal(error.originalError ?? error, exchange, needs.log), error);
  }

  // Yoga is a proxy, which binds them anew for each request.
  const { getEnveloped, handleParams } = yoga;

  /** Executes a document that was found valid before as `handleParams` of Yoga 5.24 does, but for reading it, which costs a tenth of a request. */
  async function executeKnown(
    document: DocumentNode,
    request: PlainRequest,
    params: GraphQLParams,
    exchange: Exchange,
  ): Promise<unknown> {
    const { contextFactory, execute } = getEnveloped({ request, params, exchange } as never);
    const { variables: variableValues, operationName } = params;
    try {
      return await execute({
        schema,
        document,
        contextValue: await contextFactory(),
        variableValues,
        operationName,
      } as never);
    } catch (error) {
      return { errors: [error] };
    }
  }

  /** Yoga's pipeline (plugins, execution, the text of the answer) without its HTTP layer, which costs more than the work. */
  async function lean(
    request: PlainRequest,
    params: GraphQLParams,
    accept: string,
    exchange: Exchange,
  ): Promise<PlainResponse> {
    const document = documents.get(params.query!);
    const isKnown = document && getOperationAST(document, params.operationName);
    const result = await (isKnown
      ? executeKnown(document, request, params, exchange)
      : handleParams({ request: request as never, params, context: { exchange } as never }));
    return withoutStacks(() =>
      processRegularResult(publish(result as ExecutionResult, exchange), { Response: Plain } as never, accept),
    ) as never;
  }

  /** Answers one request; never throws. */
  return async function graphql(request: PlainRequest, exchange: Exchange): Promise<PlainResponse> {
    const { method, url, headers } = request;
    try {
      // A form could be sent by any page that a browser shows; no other type than these two is streamed.
      const accept = acceptedType(headers.get('accept'), ['application/json', 'application/graphql-response+json']);
      if (!accept) throw new Refusal('NOT_ACCEPTABLE');
      const isKnown = async () => (await needs.authenticate(headers.get('authorization'))) !== null;
      const body =
        method === 'POST' ? (await readBody(request, ['application/json'], needs.maxBodyBytes, isKnown)).text : null;
      const params = body === null || needs.withoutLeanWay ? null : everydayParams(body);
      if (params) return await lean(request, params, accept, exchange);
      const authorization = headers.get('authorization');
      const asked = new Headers({
        Accept: accept,
        ...(body !== null && { 'Content-Type': 'application/json' }),
        ...(authorization !== null && { Authorization: authorization }),
      });
      // The Fetch API has no TRACE: to Yoga it is another one of the methods that it refuses.
      const known = method === 'TRACE' ? 'OPTIONS' : method;
      return await fromFetch(await yoga.fetch(new Request(url, { method: known, headers: asked, body }), { exchange }));
    } catch (error) {
      const refused = refusalError(asRefusal(error, exchange, needs.log));
      const { status, headers } = refused.extensions.http;
      return {
        status,
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ errors: [refused] }),
      };
    }
  };
}

/** What Yoga makes of a result, in the place of the Fetch API's Response. */
class Plain implements PlainResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  constructor(body: string, { status, headers }: Omit<PlainResponse, 'body'>) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** One operation as nearly every client sends it; null for whatever else, which is Yoga's to refuse or to answer. */
function everydayParams(body: string): GraphQLParams | null {
  let params: unknown;
  try {
    params = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isRecord(params)) return null;
  const { query, variables, operationName, extensions, ...others } = params;
  const isEveryday =
    typeof query === 'string' &&
    isEmptyOr(isRecord, variables) &&
    isEmptyOr(isRecord, extensions) &&
    isEmptyOr((name) => typeof name === 'string', operationName) &&
    Object.keys(others).length === 0;
  return isEveryday ? (params as GraphQLParams) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyOr(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || value === null || is(value);
}
