import { boundNames, isMember, isSign } from "./brackets";
import { isElement, isOwnValue, type Script } from "./script";
import { isName } from "./script-tokens";

/** Whether a function assigns a variable or a property that is not its own, whose value other code may read. */
export function assignsElsewhere(script: Script): boolean {
  return script.assignments.some(({ target }) => !isOwnTarget(script, target));
}

function isOwnTarget(script: Script, end: number): boolean {
  const { tokens, partners, declared, own } = script;
  if (isName(tokens[end])) {
    return isMember(tokens, end) ? isOwnValue(script, end - 2) : declared.has(tokens[end]?.text ?? "");
  }
  const start = partners.get(end) ?? end;
  if (isElement(script, end)) return isOwnValue(script, start - 1);
  return boundNames(script, start, end).every((index) => {
    const hasMember = [".", "?.", "["].some((sign) => isSign(tokens[index + 1], sign));
    return (hasMember ? own : declared).has(tokens[index]?.text ?? "");
  });
}
