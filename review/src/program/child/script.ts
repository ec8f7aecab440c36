import { endsValue, isName, type Token, tokensOf } from "./script-tokens";

/** Global names that declare no resource. */
export const WELL_KNOWN = new Set(
  `JSON String Number Object Array Math Boolean BigInt Date RegExp Map Set Error URL Buffer console parseInt parseFloat isNaN
  encodeURIComponent decodeURIComponent NaN Infinity`.split(/\s+/),
);

/** The source of a function, and the names in it. */
export interface Script {
  readonly tokens: readonly Token[];
  /** The index of the matching parenthesis, bracket or brace. */
  readonly partners: ReadonlyMap<number, number>;
  /** Parameters, and variables whose value comes from them. */
  readonly own: ReadonlySet<string>;
  /** The variables that it declares, and its parameters. */
  readonly declared: ReadonlySet<string>;
}

type Brackets = Pick<Script, "tokens" | "partners">;

/** Reads the source of a function. */
export function scriptOf(text: string): Script {
  const tokens = tokensOf(text);
  const brackets = { tokens, partners: partnersOf(tokens) };
  const parameters = parametersOf(brackets);
  const variables = variablesOf(brackets);
  return {
    ...brackets,
    own: ownNames({ parameters, variables }),
    declared: new Set([...parameters, ...variables.flatMap(({ names }) => names)]),
  };
}

function partnersOf(tokens: readonly Token[]): Map<number, number> {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "sign") continue;
    if ("([{".includes(text)) open.push(index);
    if (!")]}".includes(text)) continue;
    const start = open.pop() ?? index;
    partners.set(start, index).set(index, start);
  }
  return partners;
}

/** The parameters of the function and of nested ones. */
function parametersOf(brackets: Brackets): string[] {
  const { tokens, partners } = brackets;
  const parameters = tokens.flatMap((token, index) => {
    if (token.text === "=>") return tokens.slice(index - 1, index);
    return token.text === "(" && isParameterList(brackets, index) ? tokens.slice(index, partners.get(index)) : [];
  });
  return namesIn(parameters);
}

interface Variables {
  readonly names: readonly string[];
  /** The first token of their value. */
  readonly value: Token | undefined;
}

function variablesOf({ tokens, partners }: Brackets): Variables[] {
  return tokens.flatMap(({ kind, text }, index) => {
    if (kind !== "name" || !["const", "let", "var"].includes(text)) return [];
    const end = partners.get(index + 1) ?? index + 1;
    return [{ names: namesIn(tokens.slice(index + 1, end + 1)), value: tokens[end + 2] }];
  });
}

/** The parameters, and the variables that are set from them. */
function ownNames(from: { parameters: readonly string[]; variables: readonly Variables[] }): Set<string> {
  const own = new Set(["undefined", ...from.parameters]);
  for (const { names, value } of from.variables) {
    if (!isName(value) || isKnownName(value, own)) for (const name of names) own.add(name);
  }
  return own;
}

function namesIn(tokens: readonly Token[]): string[] {
  return tokens.filter(isName).map(({ text }) => text);
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
  if (endsValue(tokens[before])) return isOwnValue(script, before);
  return hasKnownNames(tokens.slice(start + 1, end), own);
}

/** Whether the name is that of a parameter, of a variable set from one, or of a well-known global. */
function isKnownName(token: Token | undefined, own: ReadonlySet<string>): boolean {
  return token !== undefined && (own.has(token.text) || WELL_KNOWN.has(token.text));
}

/** Whether each name in the tokens is a known one. */
export function hasKnownNames(tokens: readonly Token[], own: ReadonlySet<string>): boolean {
  return tokens.every((token, index) => !isName(token) || isMember(tokens, index) || isKnownName(token, own));
}
