import { quoted } from "xtremepush-access/text";
import { parseOwner } from "../../protocol";
import { isOfOneProgram } from "./ownership";

/**
 * The fix for a resource that was renamed in the program. A run never knows every resource of its program, for example with
 * `--target`, so only a person knows that the resource of before is gone.
 */
export function aliasLines(alias: string): string[] {
  return [
    "if the program no longer declares that resource because you renamed it, add this to the options of the new one to keep it:",
    `  aliases: [${quoted(alias)}]`,
  ];
}

/** Returns the URN of the other resource when both have the same owner, stack and Pulumi project. */
export function aliasFor(theirs: string | null, ours: string | null): string | null {
  if (theirs === null || theirs === ours || !isOfOneProgram(theirs, ours)) return null;
  return parseOwner(theirs)?.urn ?? null;
}
