import { type DocumentNode, type ExecutionResult, getOperationAST } from 'graphql';
import { type GraphQLParams, processRegularResult } from 'graphql-yoga';
import type { PlainRequest, PlainResponse } from '../../http/plain.ts';
import { withoutStacks } from './cheap-errors.ts';
import { executableSchema as schema } from './executable-schema.ts';
import type { IdentifyStranger } from './identify-strangers.ts';
import type { PublishResult } from './publish-result.ts';
import type { ServerContext } from './server-context.ts';
import type { makeYoga } from './yoga.ts';

// The only file that knows Yoga's insides: `docs/decisions/0029`. `test/api/both-ways.test.ts` compares it with Yoga.

/**
 * What the fast path uses of Yoga 5.24 beside `fetch`. Yoga's types ask for the Request and the Response of the Fetch
 * API; its code uses no more of them than is declared here.
 */
interface YogaInsides {
  getEnveloped(context: object): { contextFactory(): unknown; execute(args: object): unknown };
  handleParams(call: { request: PlainRequest; params: GraphQLParams; context: object }): unknown;
}
interface ResultProcessor {
  processRegularResult(
    result: ExecutionResult,
    fetchAPI: { Response: new (body: string, init: Omit<PlainResponse, 'body'>) => object },
    mediaType: string,
  ): object;
}
const { processRegularResult: printResult }: ResultProcessor = { processRegularResult };

/** What the fast path shares with Yoga. */
export interface FastPathNeeds {
  yoga: ReturnType<typeof makeYoga>;
  /** The valid documents, by their text. */
  documents: ReadonlyMap<string, DocumentNode>;
  identify: IdentifyStranger;
  publish: PublishResult;
}

/**
 * Makes the function that answers a single operation by Yoga's pipeline (plugins, execution, the text of the answer)
 * without its HTTP layer, which costs more than the work.
 */
export function makeFastPath({ yoga, documents, identify, publish }: FastPathNeeds) {
  // `yoga` is a proxy that would bind them again for each request.
  const { getEnveloped, handleParams }: YogaInsides = yoga;

  /** Executes a known document as Yoga's `handleParams` does, without reading it, which costs a tenth of a request. */
  async function executeKnown(
    document: DocumentNode,
    request: PlainRequest,
    params: GraphQLParams,
    context: ServerContext,
  ): Promise<unknown> {
    const { contextFactory, execute } = getEnveloped({ request, params, ...context });
    const { variables: variableValues, operationName } = params;
    try {
      const contextValue = await contextFactory();
      return await execute({ schema, document, contextValue, variableValues, operationName });
    } catch (error) {
      return { errors: [error] };
    }
  }

  /** @param mediaType of the answer */
  return async function fastPath(
    request: PlainRequest,
    params: GraphQLParams,
    mediaType: string,
    context: ServerContext,
  ): Promise<PlainResponse> {
    const document = documents.get(params.query!);
    const isKnown = document && getOperationAST(document, params.operationName);
    if (!isKnown) await identify(params.query, context);
    const result = await (isKnown
      ? executeKnown(document, request, params, context)
      : handleParams({ request, params, context }));
    const answer = withoutStacks(() =>
      printResult(publish(result as ExecutionResult, context.exchange), { Response: PrintedResult }, mediaType),
    );
    if (!(answer instanceof PrintedResult)) throw new TypeError('Yoga made a response of another class');
    return answer;
  };
}

/** What Yoga prints a result into, instead of the Fetch API's Response. */
class PrintedResult implements PlainResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  constructor(body: string, { status, headers }: Omit<PlainResponse, 'body'>) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Reads a body as the parameters of a single operation; null for any other body, which Yoga answers. */
export function parseSingleOperation(body: string): GraphQLParams | null {
  let params: unknown;
  try {
    params = JSON.parse(body);
  } catch {
    return null;
  }
  return isSingleOperation(params) ? params : null;
}

/** Tells whether a body is one operation as nearly every client sends it: no batch and no unknown parameter. */
function isSingleOperation(params: unknown): params is GraphQLParams {
  if (!isRecord(params)) return false;
  const { query, variables, operationName, extensions, ...others } = params;
  return (
    typeof query === 'string' &&
    isEmptyOr(isRecord, variables) &&
    isEmptyOr(isRecord, extensions) &&
    isEmptyOr((name) => typeof name === 'string', operationName) &&
    Object.keys(others).length === 0
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyOr(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || value === null || is(value);
}
