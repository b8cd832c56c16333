import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/**
 * Names an operation for the log and the metrics by the field of our own schema that it calls, such as `createUser`.
 * The client's name for it is never used: it may be anything. `several` stands for different fields, `introspection`
 * for none but those of GraphQL itself.
 */
export function operationNameOf({ definitions }: DocumentNode, { selectionSet }: OperationDefinitionNode): string {
  const names = new Set<string>();
  const seen = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const isNamed = (name: string) => name === selection.name.value;
        for (const one of definitions)
          if (one.kind === Kind.FRAGMENT_DEFINITION && isNamed(one.name.value)) collect(one.selectionSet);
      }
    }
  };
  collect(selectionSet);
  const [first, ...others] = [...names].filter((name) => !name.startsWith('__'));
  if (first === undefined) return 'introspection';
  return others.length > 0 ? 'several' : first;
}
