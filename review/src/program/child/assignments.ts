import { isMember, isOwnValue, type Script } from "./script";
import { endsValue, isName, type Token } from "./script-tokens";

/** Whether a function assigns a variable or a property that is not its own, whose value other code may read. */
export function assignsElsewhere(script: Script): boolean {
  return script.tokens.some((token, index) => {
    const target = token.kind === "sign" ? targetOf(script.tokens, index) : undefined;
    return target !== undefined && !isOwnTarget(script, target);
  });
}

/** The last token of what the sign assigns; undefined when it assigns nothing. */
function targetOf(tokens: readonly Token[], index: number): number | undefined {
  const sign = (offset: number) => (tokens[index + offset]?.kind === "sign" ? tokens[index + offset]?.text : undefined);
  const isStep = (text: string | undefined) => text === "+" || text === "-";
  if (isStep(sign(0)) && sign(1) === sign(0)) return stepTarget(tokens, index);
  if (sign(0) !== "=" || sign(1) === "=") return undefined;
  const isCompared =
    ["=", "!"].includes(sign(-1) ?? "") || (["<", ">"].includes(sign(-1) ?? "") && sign(-2) !== sign(-1));
  if (isCompared) return undefined;
  let end = index - 1;
  while (tokens[end]?.kind === "sign" && OPERATORS.has(tokens[end]?.text ?? "")) end -= 1;
  return end;
}

const OPERATORS = new Set("+-*/%&|^?<>");

/** `index` is the first of two signs, before or after their target. */
function stepTarget(tokens: readonly Token[], index: number): number | undefined {
  const isBefore = isName(tokens[index + 2]);
  if (!endsValue(tokens[index - 1])) return isBefore ? index + 2 : undefined;
  // `a + +b` adds.
  return isBefore || tokens[index + 2]?.kind === "value" ? undefined : index - 1;
}

function isOwnTarget(script: Script, end: number): boolean {
  const { tokens, partners, declared } = script;
  const target = tokens[end];
  if (isName(target) && !isMember(tokens, end)) return declared.has(target?.text ?? "");
  const start = partners.get(end) ?? end;
  if (isName(target)) return isOwnValue(script, end - 2);
  if (target?.text === "]" && endsValue(tokens[start - 1])) return isOwnValue(script, start - 1);
  // A destructured variable or parameter.
  return tokens.slice(start, end).every((token) => !isName(token) || declared.has(token.text));
}
