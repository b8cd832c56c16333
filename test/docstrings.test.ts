import { expect, test } from 'vitest';
import { lineAt, parse, readSource } from './support/source.ts';

interface Export {
  /** `path:line name` */
  at: string;
  isFunction: boolean;
  /** The text of the docstring on one line; empty without one. */
  docstring: string;
}

const exports = readSource().flatMap((file): Export[] =>
  parse(file).body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return [];
    const { declaration } = node;
    const name =
      'declarations' in declaration
        ? file.text.slice(declaration.declarations[0]!.id.start, declaration.declarations[0]!.id.end)
        : 'id' in declaration && declaration.id && 'name' in declaration.id
          ? declaration.id.name
          : '';
    return {
      at: `${file.path}:${lineAt(file.text, node.start)} ${name}`,
      isFunction: declaration.type === 'FunctionDeclaration',
      docstring: docstringBefore(file.text.slice(0, node.start)),
    };
  }),
);

function docstringBefore(text: string): string {
  const [, comment = ''] = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*$/.exec(text) ?? [];
  return comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

test('the reading of exports finds them', () => {
  expect(exports.length).toBeGreaterThan(80);
  expect(exports.some(({ at, isFunction }) => at.endsWith(' makeAccess') && isFunction)).toBe(true);
  expect(docstringBefore('/** One. */\nconst a = 1;\n')).toBe('');
  expect(docstringBefore('/* plain */ ')).toBe('');
  expect(docstringBefore('/**\n * One\n * two.\n */\n')).toBe('One two.');
});

test('every export has a docstring that begins with a sentence', () => {
  const wrong = exports.filter(({ docstring }) => !/^[A-Z0-9`"]\S*(?: \S+){2}/.test(docstring));
  expect(wrong.map(({ at }) => at)).toEqual([]);
});

test('the docstring of a function begins with its verb: Opens …, Returns …, Whether …', () => {
  const wrong = exports.filter(
    ({ isFunction, docstring }) => isFunction && !/^(?:[A-Z][a-z]+s|Whether) /.test(docstring),
  );
  expect(wrong.map(({ at, docstring }) => `${at}: ${docstring.slice(0, 60)}`)).toEqual([]);
});
