import {
  type ConstValueNode,
  getNullableType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  type ValueNode,
} from 'graphql';
import { errorDictionary, type ErrorName } from '../../../errors/error-dictionary.ts';

/** The dictionary's rows of an input field, in its extensions; `wrong` also for what is missing when there is no row of its own. */
export type Rows = { missing?: ErrorName; wrong?: ErrorName };

/** A broken rule as `extensions.problems` tells it. */
export interface InputProblem {
  errorCode: number;
  message: ErrorName;
  detail: string;
  /** The names of the variable or argument, and of the fields and indices below it. */
  path: string[];
}

export interface Complaint {
  /** For the error's message, behind the name of the variable or argument: names and types, never a value. */
  sentence: string;
  problem: InputProblem;
}

/** Extensions of a BAD_USER_INPUT error. */
export function inputExtensions(problem: InputProblem): Record<string, unknown> {
  return { code: 'BAD_USER_INPUT', errorCode: problem.errorCode, problems: [problem] };
}

/** A missing value or one of a wrong type as a problem of its field's row, 400 where the field has none. */
export function problemOf(
  rows: Rows,
  kind: keyof Rows,
  type: GraphQLInputType | null,
  path: string[],
  detail?: string,
): InputProblem {
  const message = (kind === 'missing' ? (rows.missing ?? rows.wrong) : rows.wrong) ?? 'BAD_REQUEST';
  const subject = path.at(-1);
  const told =
    detail ??
    (kind === 'missing' && message !== 'BAD_REQUEST'
      ? errorDictionary[message].detail
      : kind === 'missing'
        ? `${subject} is required`
        : `${subject} must be ${wordsFor(type!)}`);
  // Names of the request may be of any length.
  return {
    errorCode: errorDictionary[message].errorCode,
    message,
    detail: told.slice(0, 500),
    path: path.map((name) => name.slice(0, 256)),
  };
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

/** How a value is written: as JSON or as a literal. */
export interface Notation<V> {
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

export const inJson: Notation<unknown> = {
  isOpen: () => false,
  isNull: (value) => value === null || value === undefined,
  items: (value) => (Array.isArray(value) ? value : null),
  fields: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null,
  read: (type, value) => type.coerceInputValue(value, true),
};

export const inLiterals: Notation<ValueNode> = {
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

/**
 * What is wrong with a value that is called `name`, the first `most`.
 *
 * @param rows of the argument itself
 */
export function complaints<V>(
  notation: Notation<V>,
  type: GraphQLInputType,
  value: V,
  name: string,
  most: number,
  rows: Rows = {},
): Complaint[] {
  const found: Complaint[] = [];
  check(type, value, [name], rows);
  return found.slice(0, most);

  function complain(sentence: string, problem: InputProblem): void {
    found.push({ sentence: `at "${problem.path.join('.')}": ${sentence}`, problem });
  }

  function check(here: GraphQLInputType, value: V, path: string[], rows: Rows): void {
    if (found.length >= most) return;
    const type = getNullableType(here);
    const isWrong = (kind: keyof Rows): void =>
      complain(`expected a value of type "${here}".`, problemOf(rows, kind, here, path));
    if (notation.isOpen(value)) return;
    if (notation.isNull(value)) return isNonNullType(here) ? isWrong('missing') : undefined;
    if (isListType(type)) {
      const items = notation.items(value);
      if (!items) return check(type.ofType, value, path, rows);
      const { wrong = undefined } = rows;
      for (let i = 0; i < items.length && found.length < most; i++)
        check(type.ofType, items[i]!, [...path, String(i)], wrong ? { wrong } : {});
    } else if (isInputObjectType(type)) {
      const given = notation.fields(value);
      if (!given) return isWrong('wrong');
      checkFields(type, given, path);
    } else if (!isReadable(type, value)) isWrong('wrong');
  }

  function checkFields(type: GraphQLInputObjectType, given: Readonly<Record<string, V>>, path: string[]): void {
    for (const field of fieldsOf(type)) {
      const [rows, at] = [field.extensions as Rows, [...path, field.name]];
      if (Object.hasOwn(given, field.name)) check(field.type, given[field.name]!, at, rows);
      else if (isRequiredInputField(field))
        complain(`a value of type "${field.type}" is required.`, problemOf(rows, 'missing', field.type, at));
    }
    const unknown = Object.keys(given)
      .filter((key) => !Object.hasOwn(type.getFields(), key))
      .slice(0, 5)
      .map((key) => key.slice(0, 64));
    if (unknown.length === 0) return;
    const sentence = `"${type}" has no field ${unknown.map((key) => `"${key}"`).join(', ')}.`;
    complain(sentence, problemOf({}, 'wrong', type, path, `there is no field ${unknown.join(', ')}`));
  }

  function isReadable(type: GraphQLLeafType, value: V): boolean {
    try {
      return notation.read(type, value) !== undefined;
    } catch {
      return false;
    }
  }
}
