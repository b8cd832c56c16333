import {
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type DocumentNode,
  typeFromAST,
  validateInputValue,
} from 'graphql';
import { errorDictionary, Refusal } from '../../users/error-dictionary.ts';
import { refusalHeaders } from '../failure.ts';

/** Codes of GraphQL's own habit where they differ from the dictionary's names. */
const codes: Partial<Record<Refusal['entry'], string>> = { UNAUTHORIZED: 'UNAUTHENTICATED', INTERNAL_ERROR: 'INTERNAL_SERVER_ERROR' };

/** Kinds of nodes whose text is a value that somebody typed, perhaps a password. */
const valueKinds = new Set<string>([
  Kind.STRING, Kind.INT, Kind.FLOAT, Kind.BOOLEAN, Kind.ENUM, Kind.NULL, Kind.LIST, Kind.OBJECT, Kind.OBJECT_FIELD, Kind.ARGUMENT, Kind.VARIABLE,
]);

/** A refusal as a top-level error: `extensions.code`, `extensions.errorCode` and the HTTP status. */
export function refusalError(refusal: Refusal, at?: GraphQLError): GraphQLError {
  const { errorCode, httpStatus } = errorDictionary[refusal.entry];
  return new GraphQLError(refusal.message, {
    nodes: at?.nodes,
    path: at?.path,
    extensions: {
      code: codes[refusal.entry] ?? refusal.entry,
      errorCode,
      http: { status: httpStatus, headers: refusalHeaders(refusal) },
    },
  });
}

/** What is wrong with an argument that GraphQL itself cannot know. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: true } } });
}

/**
 * What a client may see of an error: refusals with their number; errors of the request itself without any value of it
 * (graphql-js prints literals and whole variables, passwords included: graphql-js #2629). Null for a surprise.
 */
export function publicError(error: unknown): GraphQLError | null {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const at = error instanceof GraphQLError ? error : undefined;
  if (original instanceof Refusal) return refusalError(original, at);
  if (!(original instanceof GraphQLError)) return null;
  if (original.message.startsWith('Syntax Error')) {
    // `found String "hunter2"`: the kind of the token helps, its text is a value.
    return rewritten(original, original.message.replace(/\b(String|BlockString|Int|Float|Name) (".*")/s, '$1'));
  }
  const kind = original.nodes?.[0]?.kind;
  if (kind && valueKinds.has(kind) && original.extensions['code'] === undefined) {
    return rewritten(original, `The value of an argument is not of its type${placeOf(original)}.`, 'BAD_USER_INPUT');
  }
  if (original.extensions['originalError']) {
    // V8's message quotes the body. Without `spec`, the status is 400 for either media type: this is no GraphQL request.
    const { code } = original.extensions;
    return new GraphQLError(original.message, { extensions: { code, http: { status: 400 } } });
  }
  return original;
}

function placeOf(error: GraphQLError): string {
  const place = error.locations?.[0];
  return place ? `, at line ${place.line}, column ${place.column}` : '';
}

function rewritten(error: GraphQLError, message: string, code?: string): GraphQLError {
  return new GraphQLError(message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    extensions: { ...error.extensions, ...(code && { code }) },
  });
}

/** Whether the executor refused the variables of the operation. */
export function isVariableError(error: GraphQLError): boolean {
  return error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
}

/** Every wrong variable of an operation, told by path and type, never by value. */
export function variableErrors(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined, values: Readonly<Record<string, unknown>>): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type as Parameters<typeof typeFromAST>[1]) as GraphQLInputType | undefined;
    if (!type || !isInputType(type)) continue;
    const refuse = (message: string): void => {
      errors.push(new GraphQLError(message, { nodes: definition, extensions: { code: 'BAD_USER_INPUT', http: { spec: true, status: 400 } } }));
    };
    if (!Object.hasOwn(values, name)) {
      if (isNonNullType(type) && !definition.defaultValue) refuse(`Variable "$${name}" of type "${type}" is required.`);
      continue;
    }
    validateInputValue(values[name], type, (_, path) => {
      const place = [name, ...path].join('.');
      const { expected, unknown } = inside(type, values[name], path);
      refuse(
        unknown.length > 0
          ? `Variable "$${name}" at "${place}": "${expected}" has no field ${unknown.map((field) => `"${field}"`).join(', ')}.`
          : `Variable "$${name}" at "${place}": expected a value of type "${expected}".`,
      );
    });
  }
  return errors;
}

/** The type that stands at `path` inside an input, and which keys of the value there it does not know. */
function inside(type: GraphQLInputType, value: unknown, path: readonly (string | number)[]): { expected: string; unknown: string[] } {
  let here = type;
  let found = value;
  for (const step of path) {
    const nullable = getNullableType(here);
    if (isListType(nullable)) here = nullable.ofType as GraphQLInputType;
    else if (isInputObjectType(nullable)) here = nullable.getFields()[step]?.type ?? here;
    found = (found as Record<string | number, unknown> | null | undefined)?.[step];
  }
  const named = getNamedType(here);
  const isRecord = typeof found === 'object' && found !== null && !Array.isArray(found);
  const keys = isRecord && isInputObjectType(named) ? Object.keys(found as object).filter((key) => !(key in named.getFields())) : [];
  return { expected: String(here), unknown: keys.slice(0, 5).map((key) => key.slice(0, 64)) };
}
