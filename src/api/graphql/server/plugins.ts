import { type DocumentNode, type ExecutionResult, getOperationAST, Kind, parse, validate, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../../../errors/error-dictionary.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { Context } from '../schema/builder.ts';
import { publicError } from './errors.ts';
import { OperationLimitsRule, operationLimits } from './operation-limits.ts';
import { schema } from '../schema/schema.ts';
import { mostErrors, ourRule, variableErrors } from './wrong-values.ts';

/** How many documents are parsed and validated once, and how long they may be. A parsed one takes fifty bytes a character, so all of them some 25 MB. */
const remembered = { most: 250, characters: 2_000 };

/**
 * Parses and validates documents within the limits of an operation; `valid` ones are known the next time. No error of validation
 * holds a value; nor, where the schema is for clients only, a name that the request did not hold.
 */
export function readDocuments(valid: Map<string, DocumentNode>, hideSuggestions: boolean): Plugin<Context> {
  return {
    onParse: ({ params, setParsedDocument, setParseFn }) => {
      const document = valid.get(params.source.toString());
      if (document) setParsedDocument(document);
      else setParseFn((source, options) => parse(source, { ...options, maxTokens: operationLimits.tokens }));
    },
    onValidate: ({ params: { documentAST }, setResult, setValidationFn, addValidationRule }) => {
      const source = documentAST.loc!.source.body;
      if (valid.get(source) === documentAST) return setResult([]);
      addValidationRule(OperationLimitsRule);
      setValidationFn((inSchema, document, rules) => {
        const errors = validate(inSchema, document, rules?.map(ourRule), { hideSuggestions, maxErrors: mostErrors });
        if (errors.length === 0 && source.length <= remembered.characters) {
          if (valid.size >= remembered.most) valid.delete(valid.keys().next().value!);
          valid.set(source, document);
        }
        return errors.map((error) => publicError(error) ?? error);
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

function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    [Kind.FIELD]: (field) => {
      found ||= field.name.value === '__schema' || field.name.value === '__type';
    },
  });
  return found;
}
