import { endsValue, isName, type Token, tokensOf } from "./script-tokens";

/** Global names that declare no resource. */
const WELL_KNOWN = new Set(
  `JSON String Number Object Array Math Boolean BigInt Date RegExp Map Set Error URL Buffer console parseInt parseFloat isNaN
  encodeURIComponent decodeURIComponent NaN Infinity`.split(/\s+/),
);

/** Methods of JavaScript's own values that call their arguments. */
const CALLING = new Set(
  `forEach map flatMap filter reduce reduceRight some every find findIndex findLast findLastIndex sort toSorted replace
  replaceAll from fromAsync groupBy parse stringify then catch finally apply call bind`.split(/\s+/),
);

/**
 * Whether a function may run somebody else's code, judged by its source text: it calls more than methods of its own
 * parameters and global functions, or passes them something to call. In doubt, true.
 */
export function callsOthers(callback: object): boolean {
  const text = Function.prototype.toString.call(callback);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return !isWellKnown(callback);
  const tokens = tokensOf(text);
  const partners = partnersOf(tokens);
  const script: Script = { tokens, partners, own: ownNames(tokens, partners) };
  return tokens.some(({ kind, text: sign }, index) => kind === "tag" || (sign === "(" && isOthersCall(script, index)));
}

function isWellKnown(callback: object): boolean {
  return [...WELL_KNOWN].some((name) => {
    const known: unknown = Reflect.get(globalThis, name);
    return known === callback || (Object(known) === known && Object.values(membersOf(known)).includes(callback));
  });
}

function membersOf(known: unknown): Record<string, unknown> {
  const members = Object.entries(Object.getOwnPropertyDescriptors(known));
  return Object.fromEntries(members.map(([name, { value }]) => [name, value]));
}

interface Script {
  readonly tokens: readonly Token[];
  /** The index of the matching parenthesis, bracket or brace. */
  readonly partners: ReadonlyMap<number, number>;
  readonly own: ReadonlySet<string>;
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

/** The parameters of the function and of nested ones, and the variables that are set from them. */
function ownNames(tokens: readonly Token[], partners: ReadonlyMap<number, number>): Set<string> {
  const parameters = tokens.flatMap((token, index) => {
    if (token.text === "=>") return tokens.slice(index - 1, index);
    return token.text === "(" && isParameterList(tokens, partners, index)
      ? tokens.slice(index, partners.get(index))
      : [];
  });
  const own = new Set(["undefined", ...namesIn(parameters)]);
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "name" || !["const", "let", "var"].includes(text)) continue;
    const end = partners.get(index + 1) ?? index + 1;
    const value = tokens[end + 2];
    if (isName(value) && !isKnownName(value, own)) continue;
    for (const name of namesIn(tokens.slice(index + 1, end + 1))) own.add(name);
  }
  return own;
}

function namesIn(tokens: readonly Token[]): string[] {
  return tokens.filter(isName).map(({ text }) => text);
}

function isParameterList(tokens: readonly Token[], partners: ReadonlyMap<number, number>, index: number): boolean {
  const [before, last] = [tokens[index - 1], tokens[index - 2]];
  return tokens[(partners.get(index) ?? index) + 1]?.text === "=>" || [before?.text, last?.text].includes("function");
}

/** Whether a parenthesis calls something unknown. */
function isOthersCall(script: Script, index: number): boolean {
  const { tokens, partners, own } = script;
  const end = tokens[index - 1]?.text === "?." ? index - 2 : index - 1;
  const callee = tokens[end];
  if (callee?.text === "import") return true;
  if (!endsValue(callee) || isParameterList(tokens, partners, index) || callee?.kind === "value") return false;
  if (!isName(callee)) return callee?.text !== ")" || !isCondition(script, end);
  if (!isMember(tokens, end)) return tokens[end - 1]?.text !== "new" && !WELL_KNOWN.has(callee?.text ?? "");
  if (!isOwnValue(script, end - 2)) return true;
  return CALLING.has(callee?.text ?? "") && argumentsOf(script, index).some((each) => !isHarmless(each, own));
}

/** Whether the parenthesis closes `if (…)` or the like, after which a statement may start with another one. */
function isCondition({ tokens, partners }: Script, end: number): boolean {
  return ["if", "while", "for"].includes(tokens[(partners.get(end) ?? 0) - 1]?.text ?? "");
}

function isMember(tokens: readonly Token[], index: number): boolean {
  return [".", "?."].includes(tokens[index - 1]?.text ?? "");
}

/** Whether the value that ends here comes from a parameter, a literal or a global. */
function isOwnValue(script: Script, end: number): boolean {
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

function isKnownName(token: Token | undefined, own: ReadonlySet<string>): boolean {
  return token !== undefined && (own.has(token.text) || WELL_KNOWN.has(token.text));
}

function hasKnownNames(tokens: readonly Token[], own: ReadonlySet<string>): boolean {
  return tokens.every((token, index) => !isName(token) || isMember(tokens, index) || isKnownName(token, own));
}

/** An argument runs code only if it is a function. A function that is written here is judged by its own text. */
function isHarmless(argument: readonly Token[], own: ReadonlySet<string>): boolean {
  const isFunction =
    argument.some(({ text }) => text === "=>") || ["function", "async"].includes(argument[0]?.text ?? "");
  return isFunction || hasKnownNames(argument, own);
}

function argumentsOf({ tokens, partners }: Script, open: number): Token[][] {
  const list: Token[][] = [[]];
  const close = partners.get(open) ?? open;
  for (let index = open + 1; index < close; index += 1) {
    const token = tokens[index];
    const end = "([{".includes(token?.text ?? " ") ? (partners.get(index) ?? index) : index;
    if (token?.text === ",") list.push([]);
    else list.at(-1)?.push(...tokens.slice(index, end + 1));
    index = end;
  }
  return list;
}
