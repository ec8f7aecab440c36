import { type Brackets, isMember, isSign, valueEnd } from "./brackets";
import { endsValue, isName, type Token } from "./script-tokens";

export interface Assignment {
  /** The index of the last token of what is set: a name, a member or a pattern. */
  readonly target: number;
  /** The indexes of the first token of the value and of the one after it; undefined where it is a number or a text. */
  readonly value: readonly [number, number] | undefined;
}

/** The assignments of a script, with the values of its variables, the defaults of its parameters and its loops. */
export function assignmentsOf(brackets: Brackets): Assignment[] {
  return brackets.tokens.flatMap(({ kind, text }, index) => {
    if (kind === "name") return text === "for" ? loopOf(brackets, index) : [];
    return kind === "sign" ? assignmentAt(brackets, index) : [];
  });
}

function assignmentAt(brackets: Brackets, index: number): Assignment[] {
  const { tokens } = brackets;
  if (["+", "-"].some((step) => isSign(tokens[index], step) && isSign(tokens[index + 1], step))) {
    const target = stepTarget(tokens, index);
    return target === undefined ? [] : [{ target, value: undefined }];
  }
  if (!isAssignment(tokens, index)) return [];
  let target = index - 1;
  while (tokens[target]?.kind === "sign" && OPERATORS.has(tokens[target]?.text ?? "")) target -= 1;
  const computes = target < index - 1 && !LOGICAL.has(`${tokens[index - 2]?.text}${tokens[index - 1]?.text}`);
  return [{ target, value: computes ? undefined : [index + 1, valueEnd(brackets, index + 1)] }];
}

const OPERATORS = new Set("+-*/%&|^?<>");
const LOGICAL = new Set(["&&", "||", "??"]);

function isAssignment(tokens: readonly Token[], index: number): boolean {
  const sign = (offset: number) => (tokens[index + offset]?.kind === "sign" ? tokens[index + offset]?.text : undefined);
  if (sign(0) !== "=" || sign(1) === "=") return false;
  return !["=", "!"].includes(sign(-1) ?? "") && (!["<", ">"].includes(sign(-1) ?? "") || sign(-2) === sign(-1));
}

/** `index` is the first of two signs, before or after their target. */
function stepTarget(tokens: readonly Token[], index: number): number | undefined {
  const isBefore = isName(tokens[index + 2]);
  if (!endsValue(tokens[index - 1])) return isBefore ? index + 2 : undefined;
  // `a + +b` adds.
  return isBefore || tokens[index + 2]?.kind === "value" ? undefined : index - 1;
}

/** What `for (… of …)` and `for (… in …)` set in each turn. */
function loopOf({ tokens, partners }: Brackets, index: number): Assignment[] {
  const open = tokens[index + 1]?.text === "await" ? index + 2 : index + 1;
  const close = partners.get(open);
  if (isMember(tokens, index) || !isSign(tokens[open], "(") || close === undefined) return [];
  for (let at = open + 1; at < close; at = Math.max(at, partners.get(at) ?? at) + 1) {
    if (isSign(tokens[at], ";") || isSign(tokens[at], "=")) return [];
    const isLoop =
      ["of", "in"].includes(tokens[at]?.text ?? "") && (endsValue(tokens[at - 1]) || isSign(tokens[at - 1], "}"));
    if (isLoop && !isMember(tokens, at)) return [{ target: at - 1, value: [at + 1, close] }];
  }
  return [];
}
