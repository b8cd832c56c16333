import { z } from 'zod';

const maxNames = 10;
const maxNameLength = 64;

/**
 * Lists the fields of a body that are not declared, the fields of a bulk call's items included, for the header
 * `Ignored-Fields`: tokens (RFC 9651 section 3.3.4), each once, ten at most, without characters that a token cannot
 * have.
 */
export function ignoredFields(schema: z.ZodType, body: unknown): string[] {
  const names = new Set<string>();
  collect(schema, body, names);
  return [...names];
}

function collect(schema: z.core.$ZodType, value: unknown, names: Set<string>): void {
  if (names.size === maxNames) return;
  if (schema instanceof z.ZodArray && Array.isArray(value))
    for (const item of value) collect(schema.element, item, names);
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, field] of Object.entries(value)) {
    if (names.size === maxNames) return;
    if (Object.hasOwn(schema.shape, name)) {
      collect(schema.shape[name]!, field, names);
      continue;
    }
    const token = tokenOf(name);
    if (token !== '') names.add(token);
  }
}

/** Makes a token of a name: it starts with a letter or an asterisk. */
function tokenOf(name: string): string {
  const characters = name.slice(0, maxNameLength).replace(/[^A-Za-z0-9!#$%&'*+.^_`|~:/-]/g, '');
  return characters.replace(/^[^A-Za-z*]+/, '');
}
