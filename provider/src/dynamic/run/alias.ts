import { quoted } from "xtremepush-access/text";
import { parseOwner } from "../../protocol";
import { isOfOneProgram } from "./ownership";

/** The fix for a resource that was renamed in the program. */
export function aliasLines(alias: string): string[] {
  return [
    "if you renamed that resource, add this to the options of the new one to keep it:",
    `  aliases: [${quoted(alias)}]`,
  ];
}

/** Returns the URN of the other resource when both have the same owner, stack and Pulumi project. */
export function aliasFor(theirs: string | null, ours: string | null): string | null {
  if (theirs === null || theirs === ours || !isOfOneProgram(theirs, ours)) return null;
  return parseOwner(theirs)?.urn ?? null;
}
