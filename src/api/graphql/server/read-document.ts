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
import { maxErrors, withoutValues } from './wrong-values.ts';

/** Limits of a document before it is parsed: graphql-js walks it from its start to the place of each error. */
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

/** Rules whose errors hold names of the document only. The errors of every other rule show parts of the schema. */
const documentRules = new Set<ValidationRule>([
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

/** How a document is judged. */
export interface ValidationSettings {
  /** Errors do not suggest names of the schema. */
  hideSuggestions: boolean;
  /** A stranger's document that does not fit the schema is answered 401. */
  isStranger: boolean;
}

/** Finds what is wrong with a document, the first `maxErrors` errors. None holds a value of the request. */
export function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[],
  { hideSuggestions, isStranger }: ValidationSettings,
): readonly (GraphQLError | Refusal)[] {
  const check = (some: readonly ValidationRule[]) =>
    validate(schema, document, some.map(withoutValues), { hideSuggestions, maxErrors: maxErrors });
  const linear = [...rules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule), OperationLimitsRule];
  let errors = check(linear);
  // Its time grows with the square of the fields, so it comes last, when they are known to be few.
  if (errors.length === 0) errors = check([OverlappingFieldsCanBeMergedRule]);
  if (errors.length === 0 || !isStranger) return errors;
  const own = check(linear.filter((rule) => documentRules.has(rule)));
  return own.length === errors.length ? own : [new Refusal('UNAUTHORIZED')];
}
