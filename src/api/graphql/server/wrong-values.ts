import {
  type ASTVisitor,
  getNamedType,
  GraphQLError,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isNonNullType,
  Kind,
  KnownArgumentNamesRule,
  NoUndefinedVariablesRule,
  type OperationDefinitionNode,
  ProvidedRequiredArgumentsRule,
  typeFromAST,
  TypeInfo,
  type TypeNode,
  type ValidationContext,
  type ValidationRule,
  type ValueNode,
  ValuesOfCorrectTypeRule,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Rows } from '../schema/extensions.ts';
import { type Complaint, complaintsOf } from './complaints.ts';
import { inputExtensions, problemOf } from './input-problems.ts';
import { inJson, inLiterals } from './notations.ts';

// Wrong values are reported by path and type, never by value: `docs/decisions/0031`.

/** How many errors of a document, or of the variables of an operation, are reported: each may repeat a long name. */
export const maxErrors = 20;

/** Finds the wrong variables of an operation, the first `maxErrors` errors. */
export function variableErrors(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type as TypeNode);
    if (!isInputType(type)) continue;
    const refuse = ({ sentence, problem }: Complaint) =>
      errors.push(
        new GraphQLError(`Variable "$${name}" ${sentence}`, {
          nodes: definition,
          extensions: { ...inputExtensions(problem), http: { spec: true, status: 400 } },
        }),
      );
    const judge = (rows?: Rows) => complaintsOf(inJson, type, values[name], name, maxErrors, rows);
    if (Object.hasOwn(values, name)) {
      if (judge().length > 0) judge(rowsOf(schema, operation, name)).forEach(refuse);
    } else if (isNonNullType(type) && !definition.defaultValue)
      refuse({
        sentence: `of type "${type}" is required.`,
        problem: problemOf(rowsOf(schema, operation, name), 'missing', type, [name]),
      });
  }
  return errors.slice(0, maxErrors);
}

/** Gives the rows of the argument or input field whose value is the variable itself. */
function rowsOf(schema: GraphQLSchema, operation: OperationDefinitionNode, variable: string): Rows {
  let rows: Rows = {};
  const types = new TypeInfo(schema);
  const isVariable = (value: ValueNode): boolean => value.kind === Kind.VARIABLE && value.name.value === variable;
  visit(
    operation,
    visitWithTypeInfo(types, {
      Argument: ({ value }) => {
        if (isVariable(value)) rows = (types.getArgument()?.extensions as Rows | undefined) ?? rows;
      },
      ObjectField: ({ name, value }) => {
        const object = types.getParentInputType();
        const type = object && getNamedType(object);
        if (isVariable(value) && isInputObjectType(type))
          rows = (type.getFields()[name.value]?.extensions as Rows) ?? rows;
      },
    }),
  );
  return rows;
}

function LiteralTypesRule(context: ValidationContext): ASTVisitor {
  const check = (subject: string, name: string, literal: ValueNode): void => {
    const type = context.getInputType();
    if (!type) return;
    const rows = context.getArgument()?.extensions as Rows | undefined;
    for (const { sentence, problem } of complaintsOf(inLiterals, type, literal, name, maxErrors, rows))
      context.reportError(
        new GraphQLError(`${subject} ${sentence}`, { nodes: literal, extensions: inputExtensions(problem) }),
      );
  };
  return {
    Argument: ({ name, value }) => check(`Argument "${name.value}"`, name.value, value),
    VariableDefinition: ({ variable: { name }, defaultValue }) =>
      defaultValue && check(`Variable "$${name.value}"`, name.value, defaultValue),
  };
}

/** Rules about a client's input: their errors are BAD_USER_INPUT. Their messages hold names only. */
const inputRules = new Set<ValidationRule>([
  KnownArgumentNamesRule,
  NoUndefinedVariablesRule,
  ProvidedRequiredArgumentsRule,
]);

/** Adapts a rule of graphql-js: no value of the request in a message, BAD_USER_INPUT for wrong input. */
export function withoutValues(rule: ValidationRule): ValidationRule {
  if (rule === ValuesOfCorrectTypeRule) return LiteralTypesRule;
  if (!inputRules.has(rule)) return rule;
  return (context) => {
    const reportError = (error: GraphQLError): void => {
      Object.assign(error.extensions, inputExtensions(problemOf({}, 'wrong', null, [], error.message)));
      context.reportError(error);
    };
    return rule(Object.create(context, { reportError: { value: reportError } }));
  };
}
