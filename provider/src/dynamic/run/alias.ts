import { quoted } from "xtremepush-access/text";
import { urnFrom } from "../../protocol";
import { isOfOneProgram } from "./ownership";

/** What to do when a resource was renamed in the program: the engine recognises it by its alias. */
export function aliasLines(alias: string): string[] {
  return [
    "if you renamed that resource, tell Pulumi, so that it stays the same; add to the options of the new one:",
    `  aliases: [${quoted(alias)}]`,
  ];
}

/** The URN of the other resource, when both are of one owner, stack and Pulumi project. */
export function aliasFor(theirs: string | null, ours: string | null): string | null {
  if (theirs === null || theirs === ours || !isOfOneProgram(theirs, ours)) return null;
  return urnFrom(theirs);
}
