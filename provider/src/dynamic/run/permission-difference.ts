import { sortPermissions } from "xtremepush-access";
import { word } from "xtremepush-access/text";

/** One line for each permission that only one of two sets has: `+` in the second alone, `-` in the first alone. */
export function differenceLines(before: readonly string[], after: readonly string[]): string[] {
  return sortPermissions([...before, ...after]).flatMap((id) => {
    if (!before.includes(id)) return [`  + ${word(id)}`];
    return after.includes(id) ? [] : [`  - ${word(id)}`];
  });
}
