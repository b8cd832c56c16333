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

/** Values, `null` and lists too, that an answer may hold: 1,000 users with every field and 47 tags each, what 1 MB of them holds, are 180,000. */
export const mostValues = 200_000;
/** Items of a list that says nothing of its length. */
const usualItems = 10;

/**
 * How long lists may be, as extensions of fields tell it: `items` of the field's own list; `sizes` of lists anywhere below
 * it, by the names of their fields, as the arguments ask for them.
 */
export type Lengths = {
  items?: number;
  sizes?: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => number>>;
};

type Field = GraphQLField<unknown, unknown>;
type Arguments = Readonly<Record<string, unknown>>;
/** A sum of products: by the names of lists whose length the arguments tell, joined, how many values there are for each of their items. */
type Values = Map<string, number>;

/**
 * How many values the answer of a valid operation may hold, by its variables. Compiled once for an operation; each request
 * only fills in the lengths of lists.
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

  /** Those of fragments too. That they end, and how many there are, `OperationLimitsRule` has seen. */
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
      for (const [below, its] of fieldsOf(node.selectionSet, getNamedType(field.type) as GraphQLCompositeType))
        add(one, valuesOf(below, its, sizes));
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

/** The refusal of an operation whose answer may hold `values` values; null where it is not too large. */
export function tooCostly(values: number): GraphQLError | null {
  if (values <= mostValues) return null;
  return new GraphQLError(
    `The answer may hold ${values} values, more than ${mostValues}: select fewer fields, or ask for fewer items at once.`,
    { extensions: { code: 'BAD_REQUEST', errorCode: 400, http: { spec: true, status: 400 } } },
  );
}
