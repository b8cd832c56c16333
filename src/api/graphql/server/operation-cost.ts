import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import type { Lengths } from '../schema/extensions.ts';

/**
 * How many values an answer may hold, `null` and lists included (`docs/decisions/0063`). 1,000 users with every field
 * and 47 tags each, the most that 1 MB of input can name, are 180,000.
 */
export const maxValues = 200_000;
/** Items of a list whose field does not declare its length. */
const usualItems = 10;

type Field = GraphQLField<unknown, unknown>;
type Arguments = Readonly<Record<string, unknown>>;
/**
 * A sum of products. A key is the joined names of the lists whose lengths depend on arguments; its number is how many
 * values there are for each of their items.
 */
type Values = Map<string, number>;

/**
 * Makes the function that computes how many values the answer of a valid operation may hold, by its variables. It is
 * compiled once for an operation; each request only fills in the lengths of lists.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): (variables: Arguments) => number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
  const roots = fieldsOf(operation.selectionSet, schema.getRootType(operation.operation)!).map(([node, field]) =>
    costOfRoot(node, field),
  );
  return (variables) => roots.reduce((sum, cost) => sum + cost({ ...defaults, ...variables }), 0);

  /** The fields of a selection, those of fragments included. `OperationLimitsRule` has bounded them. */
  function fieldsOf(selectionSet: SelectionSetNode, type: GraphQLCompositeType): [FieldNode, Field][] {
    return selectionSet.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [[selection, schema.getField(type, selection.name.value)!]];
      const { typeCondition, selectionSet } =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
      const on = typeCondition ? (schema.getType(typeCondition.name.value) as GraphQLCompositeType) : type;
      return fieldsOf(selectionSet, on);
    });
  }

  function costOfRoot(node: FieldNode, field: Field): (variables: Arguments) => number {
    const { sizes = {} } = field.extensions as Lengths;
    const products = [...valuesOf(node, field, sizes)].map(([names, values]) => ({
      lists: names.split(' ').filter((name) => name !== ''),
      values,
    }));
    return (variables) => {
      const args = argumentsOf(node, variables);
      let sum = 0;
      for (const { lists, values } of products)
        sum += lists.reduce((product, list) => product * sizes[list]!(args), values);
      return sum;
    };
  }

  function valuesOf(node: FieldNode, field: Field, sizes: NonNullable<Lengths['sizes']>): Values {
    const one: Values = new Map([['', 1]]);
    if (node.selectionSet)
      for (const [child, childField] of fieldsOf(node.selectionSet, getNamedType(field.type) as GraphQLCompositeType))
        add(one, valuesOf(child, childField, sizes));
    if (!isListType(getNullableType(field.type))) return one;
    const list: Values = new Map([['', 1]]);
    if (Object.hasOwn(sizes, field.name)) add(list, one, 1, field.name);
    else add(list, one, (field.extensions as Lengths).items ?? usualItems);
    return list;
  }
}

function argumentsOf({ arguments: nodes = [] }: FieldNode, variables: Arguments): Arguments {
  return Object.fromEntries(nodes.map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]));
}

function add(sum: Values, part: Values, times = 1, list?: string): void {
  for (const [names, values] of part) {
    const key = list === undefined ? names : names === '' ? list : `${list} ${names}`;
    sum.set(key, (sum.get(key) ?? 0) + times * values);
  }
}

/** Makes the refusal of an operation whose answer may hold `values` values; null when that is within the limit. */
export function tooCostly(values: number): GraphQLError | null {
  if (values <= maxValues) return null;
  return new GraphQLError(
    `The answer may hold ${values} values, more than ${maxValues}: ` +
      'select fewer fields, or ask for fewer items at once.',
    { extensions: { code: 'BAD_REQUEST', errorCode: 400, http: { spec: true, status: 400 } } },
  );
}
