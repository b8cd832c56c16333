import {
  getNullableType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import type { Rows } from '../schema/extensions.ts';
import { type InputProblem, problemOf } from './input-problems.ts';
import type { Notation } from './notations.ts';

/** One wrong value: a sentence for the error's message, and a problem for its extensions. */
export interface Complaint {
  /** Stands behind the name of the variable or argument; holds names and types, never a value. */
  sentence: string;
  problem: InputProblem;
}

/** Unknown fields that one complaint names, and characters of each name. */
const unknownFields = { max: 5, nameLength: 64 };

/** graphql-js keeps the fields in an object without a prototype, whose values V8 lists slowly. */
const fieldLists = new WeakMap<GraphQLInputObjectType, readonly GraphQLInputField[]>();
function fieldsOf(type: GraphQLInputObjectType): readonly GraphQLInputField[] {
  let fields = fieldLists.get(type);
  if (!fields) fieldLists.set(type, (fields = Object.values(type.getFields())));
  return fields;
}

/**
 * Finds what is wrong with a value.
 *
 * @param name of the variable or argument
 * @param max complaints, after which it stops
 * @param argumentRows the rows of the argument itself
 */
export function complaintsOf<V>(
  notation: Notation<V>,
  type: GraphQLInputType,
  value: V,
  name: string,
  max: number,
  argumentRows: Rows = {},
): Complaint[] {
  const complaints: Complaint[] = [];
  check(type, value, [name], argumentRows);
  return complaints.slice(0, max);

  function complain(sentence: string, problem: InputProblem): void {
    complaints.push({ sentence: `at "${problem.path.join('.')}": ${sentence}`, problem });
  }

  function check(expected: GraphQLInputType, value: V, path: string[], rows: Rows): void {
    if (complaints.length >= max) return;
    const type = getNullableType(expected);
    const refuse = (kind: keyof Rows): void =>
      complain(`expected a value of type "${expected}".`, problemOf(rows, kind, expected, path));
    if (notation.isOpen(value)) return;
    if (notation.isNull(value)) return isNonNullType(expected) ? refuse('missing') : undefined;
    if (isListType(type)) {
      const items = notation.items(value);
      if (!items) return check(type.ofType, value, path, rows);
      const itemRows: Rows = rows.wrong ? { wrong: rows.wrong } : {};
      for (let i = 0; i < items.length && complaints.length < max; i++)
        check(type.ofType, items[i]!, [...path, String(i)], itemRows);
    } else if (isInputObjectType(type)) {
      const fields = notation.fields(value);
      if (!fields) return refuse('wrong');
      checkFields(type, fields, path);
    } else if (!isReadable(type, value)) refuse('wrong');
  }

  function checkFields(type: GraphQLInputObjectType, values: Readonly<Record<string, V>>, path: string[]): void {
    for (const field of fieldsOf(type)) {
      const [rows, fieldPath] = [field.extensions as Rows, [...path, field.name]];
      if (Object.hasOwn(values, field.name)) check(field.type, values[field.name]!, fieldPath, rows);
      else if (isRequiredInputField(field))
        complain(`a value of type "${field.type}" is required.`, problemOf(rows, 'missing', field.type, fieldPath));
    }
    if (type.isOneOf) checkOneOf(type, values, path);
    const unknown = Object.keys(values)
      .filter((key) => !Object.hasOwn(type.getFields(), key))
      .slice(0, unknownFields.max)
      .map((key) => key.slice(0, unknownFields.nameLength));
    if (unknown.length === 0) return;
    const sentence = `"${type}" has no field ${unknown.map((key) => `"${key}"`).join(', ')}.`;
    complain(sentence, problemOf({}, 'wrong', type, path, `there is no field ${unknown.join(', ')}`));
  }

  /** A variable may hold null, which only the execution sees. */
  function checkOneOf(type: GraphQLInputObjectType, values: Readonly<Record<string, V>>, path: string[]): void {
    const given = Object.values(values);
    if (given.length === 1 && given.every((value) => notation.isOpen(value) || !notation.isNull(value))) return;
    const names = Object.keys(type.getFields()).join(' or ');
    const detail = `exactly one is expected: ${names}`;
    complain(`${detail}.`, problemOf({}, 'wrong', type, path, detail));
  }

  function isReadable(type: GraphQLLeafType, value: V): boolean {
    try {
      return notation.read(type, value) !== undefined;
    } catch {
      return false;
    }
  }
}
