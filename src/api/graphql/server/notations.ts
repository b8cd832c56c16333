import { type ConstValueNode, type GraphQLLeafType, Kind, type ValueNode } from 'graphql';

/** Reads a value in the form in which it was written: as JSON or as a literal. */
export interface Notation<V> {
  /** True for a variable inside a literal: its value is known at the execution. */
  isOpen: (value: V) => boolean;
  isNull: (value: V) => boolean;
  /** Null for a value that is not a list. */
  items: (value: V) => readonly V[] | null;
  /** Null for a value that is not an object. */
  fields: (value: V) => Readonly<Record<string, V>> | null;
  /** Gives undefined, or throws, for a value that is not of the type. */
  read: (type: GraphQLLeafType, value: V) => unknown;
}

/** Reads the value of a variable. */
export const inJson: Notation<unknown> = {
  isOpen: () => false,
  isNull: (value) => value === null || value === undefined,
  items: (value) => (Array.isArray(value) ? value : null),
  fields: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null,
  read: (type, value) => type.coerceInputValue(value, true),
};

/** Reads a literal of a document. */
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
