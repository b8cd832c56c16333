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
import {
  type Complaint,
  complaints,
  inJson,
  inLiterals,
  inputExtensions,
  problemOf,
  type Rows,
} from './input-problems.ts';

/**
 * What is wrong with the values of a request, told by path and type, never by value. graphql-js has the same verdicts, but
 * prints the values, and has no limit: of a list of 340,000 wrong items it made 54 MB in ten seconds.
 * A document's own errors are cut here too: each may repeat a name of thousands of characters.
 */
export const mostErrors = 20;

/** Every wrong variable of an operation, `mostErrors` at most. */
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
    const judge = (rows?: Rows) => complaints(inJson, type, values[name], name, mostErrors, rows);
    if (Object.hasOwn(values, name)) {
      if (judge().length > 0) judge(rowsOf(schema, operation, name)).forEach(refuse);
    } else if (isNonNullType(type) && !definition.defaultValue)
      refuse({
        sentence: `of type "${type}" is required.`,
        problem: problemOf(rowsOf(schema, operation, name), 'missing', type, [name]),
      });
  }
  return errors.slice(0, mostErrors);
}

/** The rows of the argument or input field that takes a variable itself. */
function rowsOf(schema: GraphQLSchema, operation: OperationDefinitionNode, variable: string): Rows {
  let rows: Rows = {};
  const types = new TypeInfo(schema);
  const isIt = (value: ValueNode): boolean => value.kind === Kind.VARIABLE && value.name.value === variable;
  visit(
    operation,
    visitWithTypeInfo(types, {
      Argument: ({ value }) => {
        if (isIt(value)) rows = (types.getArgument()?.extensions as Rows | undefined) ?? rows;
      },
      ObjectField: ({ name, value }) => {
        const object = types.getParentInputType();
        const type = object && getNamedType(object);
        if (isIt(value) && isInputObjectType(type)) rows = (type.getFields()[name.value]?.extensions as Rows) ?? rows;
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
    for (const { sentence, problem } of complaints(inLiterals, type, literal, name, mostErrors, rows))
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

/** Rules about what a client put in: theirs is BAD_USER_INPUT. Their messages hold names only. */
const aboutInput = new Set<ValidationRule>([
  KnownArgumentNamesRule,
  NoUndefinedVariablesRule,
  ProvidedRequiredArgumentsRule,
]);

/** A rule of graphql-js as it is used here: no value in a message, BAD_USER_INPUT for wrong input. */
export function ourRule(rule: ValidationRule): ValidationRule {
  if (rule === ValuesOfCorrectTypeRule) return LiteralTypesRule;
  if (!aboutInput.has(rule)) return rule;
  return (context) => {
    const reportError = (error: GraphQLError): void => {
      Object.assign(error.extensions, inputExtensions(problemOf({}, 'wrong', null, [], error.message)));
      context.reportError(error);
    };
    return rule(Object.create(context, { reportError: { value: reportError } }));
  };
}
