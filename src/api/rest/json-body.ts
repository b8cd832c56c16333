import { Refusal } from '../../errors/error-dictionary.ts';

/** Reads a body as an object; throws 400. */
export function asObject(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal('BAD_REQUEST', 'the body must be a JSON object');
  return body;
}

/**
 * Reads the items of a bulk call; throws 400.
 *
 * @param noun of the items, in the plural
 * @param property that holds them
 */
export function itemsOf(body: unknown, noun: string, max: number, property = 'items'): readonly unknown[] {
  const { [property]: items } = asObject(body) as { [property: string]: unknown };
  if (!Array.isArray(items) || items.length === 0 || items.length > max)
    throw new Refusal('BAD_REQUEST', `${property} must be a list of 1 to ${max} ${noun}`);
  return items;
}
