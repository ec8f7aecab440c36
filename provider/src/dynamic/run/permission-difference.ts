import { sortPermissions } from "xtremepush-access";
import { word } from "xtremepush-access/text";

/** Returns one line for each permission in only one of the sets: `+` only in the second, `-` only in the first. */
export function differenceLines(before: readonly string[], after: readonly string[]): string[] {
  return sortPermissions([...before, ...after]).flatMap((id) => {
    if (!before.includes(id)) return [`  + ${word(id)}`];
    return after.includes(id) ? [] : [`  - ${word(id)}`];
  });
}
