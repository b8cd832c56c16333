import { makeSlices } from '../../slices.ts';

/** Values between two looks at the clock. */
const lookEvery = 256;

/**
 * Removes the passwords from a parsed body, at any level: unknown fields of an item may hold one too. It changes the
 * body, as a copy of a megabyte would block the event loop, and walks it in slices.
 */
export async function removePasswords(body: unknown): Promise<void> {
  const slices = makeSlices();
  const left: object[] = [];
  const visit = (value: unknown): void => void (typeof value === 'object' && value !== null && left.push(value));
  visit(body);
  for (let looked = 1; left.length > 0; looked++) {
    if (looked % lookEvery === 0 && slices.isOver()) await slices.next();
    const value = left.pop()!;
    if (Array.isArray(value)) for (const item of value) visit(item);
    else removeFrom(value as Record<string, unknown>, visit);
  }
}

function removeFrom(value: Record<string, unknown>, visit: (value: unknown) => void): void {
  for (const name of Object.keys(value)) {
    // No other length has these letters in lower case.
    if (name.length === 'password'.length && name.toLowerCase() === 'password') delete value[name];
    else visit(value[name]);
  }
}
