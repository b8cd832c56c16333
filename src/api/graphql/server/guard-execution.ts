import {
  type DocumentNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../../../errors/error-dictionary.ts';
import { executableSchema as schema } from './executable-schema.ts';
import { costOf, tooCostly } from './operation-cost.ts';
import { operationNameOf } from './operation-name.ts';
import type { ServerContext } from './server-context.ts';
import { variableErrors } from './wrong-values.ts';

/**
 * Judges an operation before it runs: first the token, then the variables, then the size of the answer. Refusing a
 * missing token here costs a third less than in a resolver. Which scope a field needs, its resolver knows.
 *
 * @param schemaNeedsToken whether only clients may learn the schema, by introspection or from errors
 */
export function guardExecution(schemaNeedsToken: boolean): Plugin<ServerContext> {
  const known = new WeakMap<OperationDefinitionNode, ReturnType<typeof study>>();
  function study(document: DocumentNode, operation: OperationDefinitionNode) {
    const needsToken = operation.operation === 'mutation' || (schemaNeedsToken && !isPublic(document));
    const cost = costOf(schema, document, operation);
    const facts = { needsToken, cost, name: operationNameOf(document, operation) };
    known.set(operation, facts);
    return facts;
  }
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const { document, operationName, variableValues, contextValue } = args;
      const operation = getOperationAST(document, operationName);
      if (!operation) return;
      const { needsToken, cost, name } = known.get(operation) ?? study(document, operation);
      contextValue.exchange.operation = name;
      const judge = (): void => {
        const variables = variableValues ?? {};
        const errors = variableErrors(schema, operation, variables);
        if (errors.length > 0) return setResultAndStopExecution({ errors });
        const values = cost(variables);
        const refused = tooCostly(values);
        if (refused) return setResultAndStopExecution({ errors: [refused] });
        contextValue.exchange.maxValues = values;
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

/** Tells whether the operations of a document select public fields only. */
function isPublic(document: DocumentNode): boolean {
  let onlyPublic = true;
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.FIELD]: ({ name }) => {
        onlyPublic &&= types.getParentType() !== schema.getQueryType() || publicFields.has(name.value);
      },
    }),
  );
  return onlyPublic;
}
