import { type DocumentNode, type ExecutionResult, getOperationAST, type GraphQLError, Kind, parse, validate, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../../users/error-dictionary.ts';
import type { Exchange } from '../exchange.ts';
import type { Context } from './builder.ts';
import { publicError } from './errors.ts';
import { OperationLimitsRule, operationLimits } from './operation-limits.ts';
import { schema } from './schema.ts';
import { ourRule, variableErrors } from './wrong-values.ts';

/**
 * Parses and validates each document once, within the limits of an operation. No error of validation holds a value; nor, where
 * the schema is for clients only, a name that the request did not hold. Clients can't fill the memory with megabytes:
 * at most 500 documents of 10,000 characters are known.
 */
export function readDocuments(hideSuggestions: boolean): Plugin<Context> {
  const parsed = new Map<string, DocumentNode>();
  const judged = new WeakMap<DocumentNode, GraphQLError[]>();
  return {
    onParse: ({ params, setParsedDocument, setParseFn }) => {
      const source = params.source.toString();
      const known = parsed.get(source);
      if (known) return setParsedDocument(known);
      setParseFn((text, options) => parse(text, { ...options, maxTokens: operationLimits.tokens }));
      return ({ result }) => {
        if (result instanceof Error || source.length > 10_000) return;
        parsed.set(source, result as DocumentNode);
        if (parsed.size > 500) parsed.delete(parsed.keys().next().value!);
      };
    },
    onValidate: ({ params, setResult, setValidationFn, addValidationRule }) => {
      const known = judged.get(params.documentAST);
      if (known) return setResult(known);
      addValidationRule(OperationLimitsRule);
      setValidationFn((inSchema, document, rules) => {
        const errors = validate(inSchema, document, rules?.map(ourRule), { hideSuggestions }).map((error) => publicError(error) ?? error);
        judged.set(document, errors);
        return errors;
      });
    },
  };
}

/** What is wrong with variables is told without their values. */
export function judgeVariables(): Plugin<Context> {
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const errors = variableErrors(schema, args.document, args.operationName ?? undefined, args.variableValues ?? {});
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
  };
}

/**
 * Mutations are for valid tokens, and so is introspection where `schemaToo`. Refused before anything is executed, which also
 * costs a third less; which scope a mutation needs, its resolver knows.
 */
export function requireToken(schemaToo: boolean): Plugin<Context> {
  const known = new WeakMap<DocumentNode, boolean>();
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const { document, operationName, contextValue } = args;
      if (schemaToo && !known.has(document)) known.set(document, introspects(document));
      if (!known.get(document) && getOperationAST(document, operationName)?.operation !== 'mutation') return;
      return contextValue.caller().then((caller) => {
        if (!caller) setResultAndStopExecution({ errors: [new Refusal('UNAUTHORIZED')] });
      });
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
          throw error instanceof SyntaxError ? new Refusal('BAD_REQUEST', 'variables and extensions must be valid JSON') : error;
        }
      });
    },
  };
}

/** The last door of every answer: `publish` decides what a client may see of its errors. */
export function publishErrors(publish: (result: ExecutionResult, exchange: Exchange) => ExecutionResult): Plugin<object, { exchange: Exchange }> {
  return {
    onResultProcess: ({ result, setResult, serverContext }) => setResult(publish(result as ExecutionResult, serverContext.exchange)),
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
