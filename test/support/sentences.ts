import { parse, type SourceFile } from './source.ts';

/** Nodes whose strings no person reads. */
const unread = /^(?:TS|Import|Export(?:All|Named)Declaration$|TaggedTemplate)/;

interface Ast {
  type: string;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Ast => typeof value === 'object' && value !== null && 'type' in value;

/**
 * Lists the sentences in a file: each string of two words or more, with 7 in the place of a value, and one for each
 * way through its conditions.
 */
export function sentencesIn(file: SourceFile): string[] {
  const found: string[] = [];
  function walk(value: unknown): void {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isNode(value)) return;
    if (value.type === 'ExportNamedDeclaration') return walk(value['declaration']);
    if (unread.test(value.type) && !/^TS(?:As|NonNull|Satisfies)/.test(value.type)) return;
    const texts = textsOf(value);
    if (texts) found.push(...texts);
    // What stands in a template may hold sentences of its own.
    if (value.type === 'TemplateLiteral') walk((value['expressions'] as Ast[]).filter((one) => !textsOf(one)));
    else if (!texts) Object.values(value).forEach(walk);
  }
  walk(parse(file).body);
  return [...new Set(found)].filter((text) => /[A-Za-z]{2,}[,:;]? [A-Za-z(]/.test(text));
}

/** Returns what an expression of strings may be; null for another expression. */
function textsOf(node: Ast): string[] | null {
  const value = (key: string) => node[key] as Ast;
  switch (node.type) {
    case 'Literal':
      return typeof node['value'] === 'string' ? [node['value']] : null;
    case 'TemplateLiteral': {
      const quasis = (node['quasis'] as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked);
      const values = (node['expressions'] as Ast[]).map((one) => textsOf(one) ?? ['7']);
      return quasis
        .slice(1)
        .reduce(
          (before, quasi, at) => before.flatMap((text) => values[at]!.map((one) => text + one + quasi)),
          [quasis[0]!],
        );
    }
    case 'ConditionalExpression': {
      const [yes, no] = [textsOf(value('consequent')), textsOf(value('alternate'))];
      return yes && no && [...yes, ...no];
    }
    case 'ParenthesizedExpression':
      return textsOf(value('expression'));
    case 'BinaryExpression': {
      if (node['operator'] !== '+') return null;
      const [left, right] = [textsOf(value('left')), textsOf(value('right'))];
      if (!left && !right) return null;
      return (left ?? ['7']).flatMap((a) => (right ?? ['7']).map((b) => a + b));
    }
    default:
      return null;
  }
}
