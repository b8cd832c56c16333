import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  type NameNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** Limits of one operation, and of the length of a name in it. The standard introspection query passes. */
export const operationLimits = {
  tokens: 1_000,
  depth: 20,
  fields: 500,
  aliases: 30,
  rootFields: 10,
  directives: 50,
  nameLength: 256,
};

interface Measure {
  depth: number;
  fields: number;
  aliases: number;
  rootFields: number;
  directives: number;
}

/**
 * Refuses an operation above the limits. Counts what is executed, fragments spread out; each fragment is measured once.
 */
export function OperationLimitsRule(context: ValidationContext): ASTVisitor {
  const measured = new Map<FragmentDefinitionNode, Measure>();

  function measure(selectionSet: SelectionSetNode): Measure {
    const total = nothing();
    for (const selection of selectionSet.selections) {
      const directives = selection.directives?.length ?? 0;
      if (selection.kind === 'Field') {
        const below = selection.selectionSet ? measure(selection.selectionSet) : null;
        add(total, {
          depth: 1 + (below?.depth ?? 0),
          fields: 1 + (below?.fields ?? 0),
          aliases: (selection.alias ? 1 : 0) + (below?.aliases ?? 0),
          rootFields: 1,
          directives: directives + (below?.directives ?? 0),
        });
      } else {
        const inside =
          selection.kind === 'InlineFragment' ? measure(selection.selectionSet) : measureFragment(selection.name.value);
        add(total, { ...inside, directives: inside.directives + directives });
      }
    }
    return total;
  }

  function measureFragment(name: string): Measure {
    const none = nothing();
    const fragment = context.getFragment(name);
    if (!fragment) return none;
    const known = measured.get(fragment);
    if (known) return known;
    // Another rule refuses a fragment that spreads itself. Here it must only not recurse.
    measured.set(fragment, none);
    const own = measure(fragment.selectionSet);
    own.directives += fragment.directives?.length ?? 0;
    measured.set(fragment, own);
    return own;
  }

  return {
    // An error may repeat a name, and an answer an alias for each item of a list.
    Name(node: NameNode) {
      if (node.value.length > operationLimits.nameLength)
        context.reportError(
          new GraphQLError(`A name has more than ${operationLimits.nameLength} characters.`, { nodes: node }),
        );
    },
    OperationDefinition(operation: OperationDefinitionNode) {
      const total = measure(operation.selectionSet);
      const ofVariables = (operation.variableDefinitions ?? []).reduce(
        (sum, { directives }) => sum + (directives?.length ?? 0),
        0,
      );
      total.directives += (operation.directives?.length ?? 0) + ofVariables;
      const refuse = (unit: string, limit: number): void =>
        context.reportError(new GraphQLError(`The operation has more than ${limit} ${unit}.`, { nodes: operation }));
      if (total.depth > operationLimits.depth) refuse('levels of fields', operationLimits.depth);
      if (total.aliases > operationLimits.aliases) refuse('aliases', operationLimits.aliases);
      if (total.rootFields > operationLimits.rootFields) refuse('root fields', operationLimits.rootFields);
      if (total.directives > operationLimits.directives) refuse('directives', operationLimits.directives);
      if (total.fields > operationLimits.fields) refuse('fields', operationLimits.fields);
    },
  };
}

function nothing(): Measure {
  return { depth: 0, fields: 0, aliases: 0, rootFields: 0, directives: 0 };
}

function add(total: Measure, part: Measure): void {
  total.depth = Math.max(total.depth, part.depth);
  total.fields += part.fields;
  total.aliases += part.aliases;
  total.rootFields += part.rootFields;
  total.directives += part.directives;
}
