import {
  type ASTVisitor,
  type ConstValueNode,
  type DocumentNode,
  getNullableType,
  getOperationAST,
  GraphQLError,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  KnownArgumentNamesRule,
  NoUndefinedVariablesRule,
  ProvidedRequiredArgumentsRule,
  typeFromAST,
  type TypeNode,
  type ValidationContext,
  type ValidationRule,
  type ValueNode,
  ValuesOfCorrectTypeRule,
} from 'graphql';

/**
 * What is wrong with the values of a request, told by path and type, never by value. graphql-js has the same verdicts, but
 * prints the values, and has no limit: of a list of 340,000 wrong items it made 54 MB in ten seconds.
 * A document's own errors are cut here too: each may repeat a name of thousands of characters.
 */
export const mostErrors = 20;

/** Every wrong variable of an operation, `mostErrors` at most. */
export function variableErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  values: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type as TypeNode);
    if (!isInputType(type)) continue;
    const refuse = (message: string) =>
      errors.push(
        new GraphQLError(`Variable "$${name}" ${message}`, {
          nodes: definition,
          extensions: { code: 'BAD_USER_INPUT', http: { spec: true, status: 400 } },
        }),
      );
    if (Object.hasOwn(values, name)) complaints(inJson, type, values[name], name).forEach(refuse);
    else if (isNonNullType(type) && !definition.defaultValue) refuse(`of type "${type}" is required.`);
  }
  return errors.slice(0, mostErrors);
}

function LiteralTypesRule(context: ValidationContext): ASTVisitor {
  const check = (subject: string, name: string, literal: ValueNode): void => {
    const type = context.getInputType();
    if (!type) return;
    for (const complaint of complaints(inLiterals, type, literal, name)) {
      context.reportError(
        new GraphQLError(`${subject} ${complaint}`, { nodes: literal, extensions: { code: 'BAD_USER_INPUT' } }),
      );
    }
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
      error.extensions['code'] = 'BAD_USER_INPUT';
      context.reportError(error);
    };
    return rule(Object.create(context, { reportError: { value: reportError } }));
  };
}

/** How a value is written: as JSON or as a literal. */
interface Notation<V> {
  /** A variable inside of a literal: its value is known when it is executed. */
  isOpen: (value: V) => boolean;
  isNull: (value: V) => boolean;
  /** Null for what is no list. */
  items: (value: V) => readonly V[] | null;
  /** Null for what is no object. */
  fields: (value: V) => Readonly<Record<string, V>> | null;
  /** Undefined, or a throw, for what is not of the type. */
  read: (type: GraphQLLeafType, value: V) => unknown;
}

const inJson: Notation<unknown> = {
  isOpen: () => false,
  isNull: (value) => value === null || value === undefined,
  items: (value) => (Array.isArray(value) ? value : null),
  fields: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null,
  read: (type, value) => type.coerceInputValue(value, true),
};

const inLiterals: Notation<ValueNode> = {
  isOpen: ({ kind }) => kind === Kind.VARIABLE,
  isNull: ({ kind }) => kind === Kind.NULL,
  items: (literal) => (literal.kind === Kind.LIST ? literal.values : null),
  fields: (literal) =>
    literal.kind === Kind.OBJECT
      ? Object.fromEntries(literal.fields.map(({ name, value }) => [name.value, value]))
      : null,
  read: (type, literal) =>
    type.coerceInputLiteral
      ? type.coerceInputLiteral(literal as ConstValueNode, true)
      : type.parseLiteral(literal, undefined, true),
};

/** graphql-js keeps them in an object without a prototype, whose values V8 lists slowly. */
const listed = new WeakMap<GraphQLInputObjectType, readonly GraphQLInputField[]>();
function fieldsOf(type: GraphQLInputObjectType): readonly GraphQLInputField[] {
  let fields = listed.get(type);
  if (!fields) listed.set(type, (fields = Object.values(type.getFields())));
  return fields;
}

/** What is wrong with a value that is called `name`, the first `mostErrors`. */
function complaints<V>(notation: Notation<V>, type: GraphQLInputType, value: V, name: string): string[] {
  const told: string[] = [];
  check(type, value, name);
  return told.slice(0, mostErrors);

  function check(here: GraphQLInputType, value: V, place: string): void {
    if (told.length >= mostErrors) return;
    const type = getNullableType(here);
    const isWrong = (): void => void told.push(`at "${place}": expected a value of type "${here}".`);
    if (notation.isOpen(value)) return;
    if (notation.isNull(value)) return isNonNullType(here) ? isWrong() : undefined;
    if (isListType(type)) {
      const items = notation.items(value);
      if (!items) return check(type.ofType, value, place);
      for (let i = 0; i < items.length && told.length < mostErrors; i++) check(type.ofType, items[i]!, `${place}.${i}`);
    } else if (isInputObjectType(type)) {
      const given = notation.fields(value);
      if (!given) return isWrong();
      for (const field of fieldsOf(type)) {
        if (Object.hasOwn(given, field.name)) check(field.type, given[field.name]!, `${place}.${field.name}`);
        else if (isRequiredInputField(field))
          told.push(`at "${place}.${field.name}": a value of type "${field.type}" is required.`);
      }
      const unknown = Object.keys(given)
        .filter((key) => !Object.hasOwn(type.getFields(), key))
        .slice(0, 5)
        .map((key) => `"${key.slice(0, 64)}"`);
      if (unknown.length > 0) told.push(`at "${place}": "${type}" has no field ${unknown.join(', ')}.`);
    } else if (!isReadable(type, value)) isWrong();
  }

  function isReadable(type: GraphQLLeafType, value: V): boolean {
    try {
      return notation.read(type, value) !== undefined;
    } catch {
      return false;
    }
  }
}
