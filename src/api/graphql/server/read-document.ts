import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  KnownFragmentNamesRule,
  LoneAnonymousOperationRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  type ParseOptions,
  UniqueArgumentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  validate,
  type ValidationRule,
} from 'graphql';
import { Refusal } from '../../../errors/error-dictionary.ts';
import { operationLimits, OperationLimitsRule } from './operation-limits.ts';
import { mostErrors, ourRule } from './wrong-values.ts';

/** What a document may be before it is parsed: graphql-js walks it from its start to the place of each error. */
export const documentLimits = { characters: 65_536, lines: 2_000 };

/** Parses a document within the limits; throws a GraphQLError. */
export function parseDocument(text: string, options?: ParseOptions): DocumentNode {
  const { characters, lines } = documentLimits;
  if (text.length > characters) throw tooLong(`${characters} characters`);
  if ((text.match(/\r\n|[\n\r]/g)?.length ?? 0) >= lines) throw tooLong(`${lines} lines`);
  return parse(text, { ...options, maxTokens: operationLimits.tokens });
}

function tooLong(limit: string): GraphQLError {
  return new GraphQLError(`The document has more than ${limit}.`, {
    extensions: { code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } },
  });
}

/** Their errors hold names of the document only; those of every other rule show what the schema has. */
const aboutDocument = new Set<ValidationRule>([
  OperationLimitsRule,
  KnownFragmentNamesRule,
  LoneAnonymousOperationRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  UniqueArgumentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
]);

export interface ValidationSettings {
  /** Names of the schema are not offered for wrong ones. */
  hideSuggestions: boolean;
  /** To a stranger a document that does not fit the schema is answered 401. */
  isStranger: boolean;
}

/** What is wrong with a document, the first `mostErrors`. No error holds a value. */
export function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[],
  { hideSuggestions, isStranger }: ValidationSettings,
): readonly (GraphQLError | Refusal)[] {
  const judge = (some: readonly ValidationRule[]) =>
    validate(schema, document, some.map(ourRule), { hideSuggestions, maxErrors: mostErrors });
  const linear = [...rules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule), OperationLimitsRule];
  let errors = judge(linear);
  // It takes the square of a document's fields, so it comes last, when they are known to be few.
  if (errors.length === 0) errors = judge([OverlappingFieldsCanBeMergedRule]);
  if (errors.length === 0 || !isStranger) return errors;
  const own = judge(linear.filter((rule) => aboutDocument.has(rule)));
  return own.length === errors.length ? own : [new Refusal('UNAUTHORIZED')];
}
