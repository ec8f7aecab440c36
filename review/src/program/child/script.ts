import { type Assignment, assignmentsOf } from "./assignments";
import { type Brackets, boundNames, bracketsOf, isKey, isMember, isParameterList, isSign, valueEnd } from "./brackets";
import { endsValue, isName, type Token, tokensOf } from "./script-tokens";

/** Global names that declare no resource. */
export const WELL_KNOWN = new Set(
  `JSON String Number Object Array Math Boolean BigInt Date RegExp Map Set Error URL Buffer console parseInt parseFloat isNaN
  encodeURIComponent decodeURIComponent NaN Infinity`.split(/\s+/),
);

/** Methods whose result contains what they receive. */
const GIVING_BACK = new Set("assign concat create entries freeze from fromEntries of resolve values".split(" "));

/** The source of a function, and the names in it. */
export interface Script extends Brackets {
  /** Parameters, and variables whose value comes only from them. */
  readonly own: ReadonlySet<string>;
  /** The variables that it declares, and its parameters. */
  readonly declared: ReadonlySet<string>;
  readonly assignments: readonly Assignment[];
}

/** Reads the source of a function. */
export function scriptOf(text: string): Script {
  const brackets = bracketsOf(tokensOf(text));
  const declared = new Set(
    brackets.tokens.flatMap((token, index) => declaredAt(brackets, token, index)).map((at) => nameAt(brackets, at)),
  );
  const script = { ...brackets, declared, own: declared, assignments: assignmentsOf(brackets) };
  return { ...script, own: ownNames(script) };
}

/** The indexes of the variables or parameters that a token starts, in the function and nested ones. */
function declaredAt(brackets: Brackets, { kind, text }: Token, index: number): number[] {
  const { tokens, partners } = brackets;
  if (text === "=>") return isName(tokens[index - 1]) ? [index - 1] : [];
  if (text === "(")
    return isParameterList(brackets, index) ? boundNames(brackets, index, partners.get(index) ?? index) : [];
  if (kind !== "name" || !["const", "let", "var"].includes(text) || isMember(tokens, index)) return [];
  return boundNames(brackets, index + 1, partners.get(index + 1) ?? index + 1);
}

function nameAt({ tokens }: Brackets, index: number): string {
  return tokens[index]?.text ?? "";
}

/** The declared names without those that a foreign value is assigned to, and those that get their value from them. */
function ownNames(script: Script): Set<string> {
  const own = new Set(["undefined", ...script.declared]);
  let before = 0;
  while (before !== own.size) {
    before = own.size;
    for (const { target, value } of script.assignments) {
      if (value === undefined || isOwnExpression({ ...script, own }, ...value)) continue;
      for (const index of namesSetAt(script, target)) own.delete(nameAt(script, index));
    }
  }
  return own;
}

/** The indexes of the variables that an assignment sets; none where it sets a property. */
function namesSetAt(script: Script, target: number): number[] {
  const { tokens, partners } = script;
  if (isName(tokens[target])) return isMember(tokens, target) ? [] : [target];
  const start = partners.get(target) ?? target;
  return isElement(script, target) ? [] : boundNames(script, start, target);
}

/** Whether a bracket closes the name of an element, and not a list. */
export function isElement({ tokens, partners }: Brackets, end: number): boolean {
  return isSign(tokens[end], "]") && endsValue(tokens[(partners.get(end) ?? end) - 1]);
}

/** Whether each value that an expression may have is a text or a number, or comes only from own names. */
export function isOwnExpression(script: Script, start: number, end: number): boolean {
  const { tokens, partners } = script;
  const top: number[] = [];
  for (let at = start; at < end; at = Math.max(at, partners.get(at) ?? at) + 1) top.push(at);
  if (top.some((at) => ["=>", "function", "class"].includes(tokens[at]?.text ?? "")))
    return hasKnownNames(tokens.slice(start, end), script.own);
  const ends = top.filter((at) => separates(tokens, at));
  return [...ends, end].every((to, index) => {
    const from = index === 0 ? start : (ends[index - 1] ?? start) + 1;
    const isComputed = top.some((at) => at >= from && at < to && computes(tokens, at));
    return isComputed || hasKnownNames(tokens.slice(from, to), script.own) || isOwnValue(script, to - 1);
  });
}

/** Whether a sign is between two values of which the expression has one. */
function separates(tokens: readonly Token[], index: number): boolean {
  const isPair = (sign: string) =>
    isSign(tokens[index], sign) && (isSign(tokens[index + 1], sign) || isSign(tokens[index - 1], sign));
  return isSign(tokens[index], "?") || isSign(tokens[index], ":") || isPair("&") || isPair("|");
}

/** Whether the result of an operator is a number, a text or a boolean. */
function computes(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind === "name") return ["typeof", "instanceof", "in"].includes(token.text);
  if (token?.kind !== "sign") return false;
  const isCompared = token.text === "=" && ["=", "!"].includes(tokens[index - 1]?.text ?? "");
  return isCompared || "+-*/%^!<>".includes(token.text);
}

/** Whether the value that ends here comes from a parameter, a literal or a global. */
export function isOwnValue(script: Script, end: number): boolean {
  const { tokens, partners, own } = script;
  const token = tokens[end];
  if (token?.kind === "value") return true;
  if (isName(token) && isMember(tokens, end)) return isOwnValue(script, end - 2);
  if (isName(token)) return tokens[end - 1]?.text === "new" || isKnownName(token, own);
  const start = partners.get(end);
  if (start === undefined || (token?.text !== ")" && token?.text !== "]")) return false;
  const isOptional = tokens[start - 1]?.text === "?.";
  const before = isOptional ? start - 2 : start - 1;
  const inner = tokens.slice(start + 1, end);
  if (!endsValue(tokens[before])) return hasKnownNames(inner, own) || hasOwnElements(script, start, end);
  const givesBack = isMember(tokens, before) && GIVING_BACK.has(tokens[before]?.text ?? "");
  return isOwnValue(script, before) && (!givesBack || hasKnownNames(inner, own));
}

/** Whether each element of a list comes only from own names, or is a text or a number. */
function hasOwnElements(script: Script, start: number, end: number): boolean {
  if (!isSign(script.tokens[end], "]")) return false;
  for (let from = start + 1; from < end; ) {
    const to = valueEnd(script, from);
    if (to > from && !isOwnExpression(script, from, to)) return false;
    from = to + 1;
  }
  return true;
}

/** Whether the name is that of a parameter, of a variable set from one, or of a well-known global. */
function isKnownName(token: Token | undefined, own: ReadonlySet<string>): boolean {
  return token !== undefined && (own.has(token.text) || WELL_KNOWN.has(token.text));
}

/** Whether each name in the tokens is a known one. */
export function hasKnownNames(tokens: readonly Token[], own: ReadonlySet<string>): boolean {
  return tokens.every(
    (token, index) => !isName(token) || isMember(tokens, index) || isKey(tokens, index) || isKnownName(token, own),
  );
}
