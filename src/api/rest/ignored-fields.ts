import { z } from 'zod';

const maxNames = 10;
const maxNameLength = 64;
/** Values and names that are looked at: more than the items of a bulk call and their declared fields are. */
const maxLooks = 20_000;

interface Search {
  names: Set<string>;
  /** Names that were looked at already: the items of a bulk call have the same ones. */
  known: Set<string>;
  looksLeft: number;
}

/**
 * Lists the fields of a body that are not declared, the fields of a bulk call's items included, for the header
 * `Ignored-Fields`: tokens (RFC 9651 section 3.3.4), each once, ten at most, without characters that a token cannot
 * have. It looks at the beginning of a body only, so that no body blocks the event loop.
 */
export function ignoredFields(schema: z.ZodType, body: unknown): string[] {
  const names = new Set<string>();
  collect(schema, body, { names, known: new Set(), looksLeft: maxLooks });
  return [...names];
}

function collect(schema: z.core.$ZodType, value: unknown, search: Search): void {
  if (schema instanceof z.ZodArray && Array.isArray(value))
    for (const item of value) {
      if (isOver(search)) return;
      collect(schema.element, item, search);
    }
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const name of Object.keys(value)) {
    if (isOver(search)) return;
    if (Object.hasOwn(schema.shape, name))
      collect(schema.shape[name]!, (value as Record<string, unknown>)[name], search);
    else note(name, search);
  }
}

/** Counts a look. */
function isOver(search: Search): boolean {
  return search.names.size === maxNames || search.looksLeft-- <= 0;
}

function note(name: string, { names, known }: Search): void {
  if (known.has(name)) return;
  known.add(name);
  const token = tokenOf(name);
  if (token !== '') names.add(token);
}

/** Makes a token of a name: it starts with a letter or an asterisk. */
function tokenOf(name: string): string {
  const characters = name.slice(0, maxNameLength).replace(/[^A-Za-z0-9!#$%&'*+.^_`|~:/-]/g, '');
  return characters.replace(/^[^A-Za-z*]+/, '');
}
