import {
  getDirectiveValues,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Context } from '../schema/builder.ts';

/**
 * The idempotency key of a mutation: its argument, else the header `Idempotency-Key` where it is the only mutation of the
 * operation that takes a key, since a key is for one call.
 */
export function keyOf(
  { idempotencyKey }: { idempotencyKey?: string | null | undefined },
  context: Pick<Context, 'idempotencyKey'>,
  info: GraphQLResolveInfo,
): { idempotencyKey: string | null } {
  if (idempotencyKey != null || context.idempotencyKey == null) return { idempotencyKey: idempotencyKey ?? null };
  return { idempotencyKey: keyedFields(info).size === 1 ? context.idempotencyKey : null };
}

/** Names, in the answer, of the operation's mutations that take a key and are not skipped. */
function keyedFields(info: GraphQLResolveInfo): Set<string> {
  const { parentType, operation, fragments, variableValues } = info;
  const takesKey = ({ args }: GraphQLField<unknown, unknown>) => args.some(({ name }) => name === 'idempotencyKey');
  const names = new Set<string>();
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
