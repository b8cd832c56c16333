import {
  type DocumentNode,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  specifiedRules,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../../../access/ports.ts';
import { Refusal } from '../../../errors/error-dictionary.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { Context } from '../schema/builder.ts';
import { publicError } from './errors.ts';
import { costOf, tooCostly } from './operation-cost.ts';
import { parseDocument, validateDocument } from './read-document.ts';
import { schema } from '../schema/schema.ts';
import { variableErrors } from './wrong-values.ts';

/** How many documents are parsed and validated once, and how long they may be. A parsed one takes fifty bytes a character, so all of them some 25 MB. */
const remembered = { most: 250, characters: 2_000 };

/** What the server knows of a request before its document is read. */
export interface ServerContext {
  exchange: Exchange;
  /** Looked up at the first call; null without a valid token. */
  caller: () => Promise<Caller | null>;
  /** Of the request's header; null without one. */
  idempotencyKey: string | null;
  /** Whether the schema is for clients only and this is none. */
  isStranger: boolean;
}

/** Reads documents within the limits of an operation; `valid` ones are known the next time. */
export function readDocuments(
  valid: Map<string, DocumentNode>,
  hideSuggestions: boolean,
): Plugin<Context, ServerContext> {
  return {
    onParse: ({ params, setParsedDocument, setParseFn }) => {
      const document = valid.get(params.source.toString());
      if (document) setParsedDocument(document);
      else setParseFn((source, options) => parseDocument(String(source), options));
    },
    onValidate: ({ params: { documentAST }, context, setResult, setValidationFn }) => {
      const source = documentAST.loc!.source.body;
      if (valid.get(source) === documentAST) return setResult([]);
      setValidationFn((inSchema, document, rules) => {
        const { isStranger } = context as unknown as ServerContext;
        const errors = validateDocument(inSchema, document, rules ?? specifiedRules, { hideSuggestions, isStranger });
        if (errors.length === 0 && source.length <= remembered.characters) {
          if (valid.size >= remembered.most) valid.delete(valid.keys().next().value!);
          valid.set(source, document);
        }
        return errors.map((error) => publicError(error) ?? error);
      });
    },
  };
}

/**
 * Judges an operation before it runs: the token first, which costs a third less than its resolver's refusal, then the
 * variables, told without their values, then the size of the answer. Which scope a field needs, its resolver knows.
 *
 * @param schemaToo whether a token is also needed to learn the schema, by introspection or from refusals
 */
export function guardExecution(schemaToo: boolean): Plugin<Context> {
  const known = new WeakMap<OperationDefinitionNode, { needsToken: boolean; cost: ReturnType<typeof costOf> }>();
  function read(document: DocumentNode, operation: OperationDefinitionNode) {
    const needsToken = operation.operation === 'mutation' || (schemaToo && !isPublic(document));
    const facts = { needsToken, cost: costOf(schema, document, operation) };
    known.set(operation, facts);
    return facts;
  }
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const { document, operationName, variableValues, contextValue } = args;
      const operation = getOperationAST(document, operationName);
      if (!operation) return;
      const { needsToken, cost } = known.get(operation) ?? read(document, operation);
      const judge = (): void => {
        const variables = variableValues ?? {};
        const errors = variableErrors(schema, operation, variables);
        if (errors.length > 0) return setResultAndStopExecution({ errors });
        const values = cost(variables);
        const refused = tooCostly(values);
        if (refused) return setResultAndStopExecution({ errors: [refused] });
        contextValue.exchange.mostValues = values;
      };
      if (!needsToken) return judge();
      return contextValue
        .caller()
        .then((caller) => (caller ? judge() : setResultAndStopExecution({ errors: [new Refusal('UNAUTHORIZED')] })));
    },
  };
}

/** Fields of the query type that need no token. */
const publicFields = new Set(['errorDictionary', '__typename']);

/** Whether the operations of a document ask for public fields only. */
function isPublic(document: DocumentNode): boolean {
  let only = true;
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.FIELD]: ({ name }) => {
        only &&= types.getParentType() !== schema.getQueryType() || publicFields.has(name.value);
      },
    }),
  );
  return only;
}

/**
 * Persisted queries are not kept. Apollo Client then sends the document, this time and from then on: it looks for this code
 * or message among the errors of a 200 (@apollo/client, `PersistedQueryLink`).
 */
export function refusePersistedQueries(): Plugin {
  const refused = new GraphQLError('PersistedQueryNotSupported', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', errorCode: 400, http: { status: 200 } },
  });
  return {
    onParams: ({ params }) => {
      if (params?.query == null && params?.extensions?.['persistedQuery'] != null) throw refused;
    },
  };
}

/** JSON inside of a GET's address: V8's message about it quotes it. */
export function refuseBrokenJson(): Plugin {
  return {
    onRequestParse: ({ requestParser, setRequestParser }) => {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          throw error instanceof SyntaxError
            ? new Refusal('BAD_REQUEST', 'variables and extensions must be valid JSON')
            : error;
        }
      });
    },
  };
}

/** The last door of every answer: `publish` decides what a client may see of its errors. */
export function publishErrors(
  publish: (result: ExecutionResult, exchange: Exchange) => ExecutionResult,
): Plugin<object, { exchange: Exchange }> {
  return {
    onResultProcess: ({ result, setResult, serverContext }) =>
      setResult(publish(result as ExecutionResult, serverContext.exchange)),
  };
}
