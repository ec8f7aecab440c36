import { visible, visibleValue } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";

/** In code points: a description is longer. */
const VALUE_MAX = 200;

/** Shows a value on one line of a message, cut when it is long; what a preview does not know as the engine shows it. */
export function showValue(value: unknown): string {
  const text = visibleValue(value);
  const mark = JSON.stringify(UNKNOWN);
  return text.includes(mark) ? visible(text.replaceAll(mark, "[unknown]"), VALUE_MAX) : visibleValue(value, VALUE_MAX);
}
