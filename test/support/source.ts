import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
/** The folder whose rules the tests check. */
export const source = join(root, 'src');

/** One file of `src`. */
export interface SourceFile {
  /** From `src`, with slashes. */
  path: string;
  text: string;
}

/** Reads every file of `src`. */
export function readSource(): SourceFile[] {
  return globSync('**/*.ts', { cwd: source }).map((native) => ({
    path: native.split(sep).join('/'),
    text: readFileSync(join(source, native), 'utf8'),
  }));
}

/** Parses TypeScript into an ESTree program; throws where the syntax is wrong. */
export function parse({ text }: SourceFile) {
  return parseAst(text, { lang: 'ts' });
}

/** Returns the line at which an offset of a text stands, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** A node of a parsed program. */
export interface Node {
  type: string;
  start: number;
  end: number;
}

/** Returns every function below a node, nested ones too. */
export function functionsIn(node: unknown): Node[] {
  if (Array.isArray(node)) return node.flatMap(functionsIn);
  if (typeof node !== 'object' || node === null) return [];
  const below = Object.values(node).flatMap(functionsIn);
  const isFunction =
    'type' in node && /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(String(node.type));
  return isFunction ? [node as Node, ...below] : below;
}
