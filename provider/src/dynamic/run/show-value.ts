import { visibleValue } from "xtremepush-access/text";

/** In code points: a description is longer. */
const VALUE_MAX = 200;

/** Shows a value on one line of a message, cut when it is long. */
export function showValue(value: unknown): string {
  return visibleValue(value, VALUE_MAX);
}
