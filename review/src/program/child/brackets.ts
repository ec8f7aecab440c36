import { isName, type Token } from "./script-tokens";

export interface Brackets {
  readonly tokens: readonly Token[];
  /** The index of the matching parenthesis, bracket or brace. */
  readonly partners: ReadonlyMap<number, number>;
}

export function bracketsOf(tokens: readonly Token[]): Brackets {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "sign") continue;
    if ("([{".includes(text)) open.push(index);
    if (!")]}".includes(text)) continue;
    const start = open.pop() ?? index;
    partners.set(start, index).set(index, start);
  }
  return { tokens, partners };
}

/** Whether a parenthesis starts the parameters of a function. */
export function isParameterList({ tokens, partners }: Brackets, index: number): boolean {
  const [before, last] = [tokens[index - 1], tokens[index - 2]];
  return tokens[(partners.get(index) ?? index) + 1]?.text === "=>" || [before?.text, last?.text].includes("function");
}

/** Whether the token is the name of a member. */
export function isMember(tokens: readonly Token[], index: number): boolean {
  return [".", "?."].includes(tokens[index - 1]?.text ?? "");
}

/** Whether the token is the name of a property in an object or a pattern, before its value. */
export function isKey(tokens: readonly Token[], index: number): boolean {
  return isSign(tokens[index + 1], ":") && ["{", ","].includes(tokens[index - 1]?.text ?? "");
}

export function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === "sign" && token.text === text;
}

/** The indexes of the names that a pattern or a list of parameters sets, without its keys and default values. */
export function boundNames(brackets: Brackets, start: number, end: number): number[] {
  const { tokens, partners } = brackets;
  const bound: number[] = [];
  for (let index = start; index <= end; index += 1) {
    const close = partners.get(index) ?? index;
    if (isSign(tokens[index], "=")) index = valueEnd(brackets, index + 1) - 1;
    else if (isSign(tokens[index], "[") && isSign(tokens[close + 1], ":")) index = close;
    else if (isName(tokens[index]) && !isMember(tokens, index) && !isKey(tokens, index)) bound.push(index);
  }
  return bound;
}

/** The index after the value that starts here, which a sign or a new line ends. */
export function valueEnd({ tokens, partners }: Brackets, start: number): number {
  let index = start;
  while (index < tokens.length) {
    const token = tokens[index];
    if (token?.kind === "sign" && ",;)]}".includes(token.text)) return index;
    if (index > start && startsStatement(tokens, index)) return index;
    index = Math.max(index, partners.get(index) ?? index) + 1;
  }
  return index;
}

/** Whether a name or a value follows another one, so that a new line is between them. */
function startsStatement(tokens: readonly Token[], index: number): boolean {
  const [last, token] = [tokens[index - 1], tokens[index]];
  if (token?.kind !== "name" && token?.kind !== "value") return false;
  if (["in", "instanceof"].includes(token.text)) return false;
  const endsName = isName(last) || ["null", "true", "false", "undefined"].includes(last?.text ?? "");
  return endsName || last?.kind === "value" || (last?.kind === "sign" && ")]}".includes(last.text));
}
