import type { ErrorName } from '../../../errors/error-dictionary.ts';

/**
 * How long lists may be, declared in the extensions of an output field; the cost of an operation is computed from it
 * (`docs/decisions/0063`).
 */
export type Lengths = {
  /** Items of the field's own list. */
  items?: number;
  /** Items of lists anywhere below the field, by the name of the list's field, computed from the field's arguments. */
  sizes?: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => number>>;
};

/** The dictionary's rows of an argument or input field, declared in its extensions. */
export type Rows = {
  /** The row for a missing value; without it, `wrong` serves for that too. */
  missing?: ErrorName;
  /** The row for a value of a wrong type. */
  wrong?: ErrorName;
};
