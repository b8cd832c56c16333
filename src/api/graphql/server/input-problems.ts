import { getNullableType, type GraphQLInputType, isEnumType, isInputObjectType, isListType } from 'graphql';
import { errorDictionary, type ErrorName } from '../../../errors/error-dictionary.ts';
import type { Rows } from '../schema/extensions.ts';

/** Characters of a detail and of a name in a path: names of the request may be of any length. */
const limits = { detail: 500, name: 256 };

/** A broken rule, as `extensions.problems` reports it. */
export interface InputProblem {
  errorCode: number;
  message: ErrorName;
  detail: string;
  /** The name of the variable or argument, then the fields and indices below it. */
  path: string[];
}

/** Makes the extensions of a BAD_USER_INPUT error. */
export function inputExtensions(problem: InputProblem): Record<string, unknown> {
  return { code: 'BAD_USER_INPUT', errorCode: problem.errorCode, problems: [problem] };
}

/**
 * Makes the problem of a missing value or of a wrong type, with the row of its field, or 400 where the field has none.
 *
 * @param type the expected one; null only together with a `detail`
 * @param detail the sentence, when it is not made of the row or the type
 */
export function problemOf(
  rows: Rows,
  kind: keyof Rows,
  type: GraphQLInputType | null,
  path: string[],
  detail = sentenceOf(rows, kind, type, path),
): InputProblem {
  const message = rowOf(rows, kind);
  return {
    errorCode: errorDictionary[message].errorCode,
    message,
    detail: detail.slice(0, limits.detail),
    path: path.map((name) => name.slice(0, limits.name)),
  };
}

function rowOf(rows: Rows, kind: keyof Rows): ErrorName {
  return (kind === 'missing' ? (rows.missing ?? rows.wrong) : rows.wrong) ?? 'BAD_REQUEST';
}

function sentenceOf(rows: Rows, kind: keyof Rows, type: GraphQLInputType | null, path: string[]): string {
  const subject = path.at(-1);
  if (kind === 'wrong') return `${subject} must be ${wordsFor(type!)}`;
  const row = rowOf(rows, kind);
  return row === 'BAD_REQUEST' ? `${subject} is required` : errorDictionary[row].detail;
}

function wordsFor(nullable: GraphQLInputType): string {
  const type = getNullableType(nullable);
  if (isListType(type)) return 'a list';
  if (isInputObjectType(type)) return 'an object';
  if (isEnumType(type))
    return type
      .getValues()
      .map(({ name }) => name)
      .join(' or ');
  return { Boolean: 'true or false', Int: 'an integer', Float: 'a number' }[type.name] ?? 'a string';
}
