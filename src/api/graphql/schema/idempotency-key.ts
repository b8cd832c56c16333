import {
  getDirectiveValues,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Context } from './builder.ts';

/**
 * Gives the idempotency key of a mutation: its argument, or the header `Idempotency-Key` where this is the operation's
 * only mutation that takes a key, since a key is for one call.
 */
export function keyOfMutation(
  { idempotencyKey }: { idempotencyKey?: string | null | undefined },
  context: Pick<Context, 'idempotencyKey'>,
  info: GraphQLResolveInfo,
): { idempotencyKey: string | null } {
  if (idempotencyKey != null || context.idempotencyKey == null) return { idempotencyKey: idempotencyKey ?? null };
  return { idempotencyKey: keyedFields(info).size === 1 ? context.idempotencyKey : null };
}

/** Names, in the answer, of the operation's mutations that take a key and are not skipped. */
function keyedFields({ parentType, operation, fragments, variableValues }: GraphQLResolveInfo): Set<string> {
  const takesKey = ({ args }: GraphQLField<unknown, unknown>) => args.some(({ name }) => name === 'idempotencyKey');
  const names = new Set<string>();
  // The depth of a valid document is limited: `operationLimits`.
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.['if'] === true) continue;
      if (getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.['if'] === false) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) collect(fragments[selection.name.value]!.selectionSet);
      else {
        const field = parentType.getFields()[selection.name.value];
        if (field && takesKey(field)) names.add(selection.alias?.value ?? selection.name.value);
      }
    }
  };
  collect(operation.selectionSet);
  return names;
}
