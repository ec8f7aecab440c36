import { isMember, isParameterList, isSign, valueEnd } from "./brackets";
import { assignsElsewhere } from "./foreign-assignments";
import { hasKnownNames, isElement, isOwnExpression, isOwnValue, type Script, scriptOf, WELL_KNOWN } from "./script";
import { endsValue, isName, type Token } from "./script-tokens";

/** Methods of JavaScript's own values that call their arguments. */
const CALLING = new Set(
  `forEach map flatMap filter reduce reduceRight some every find findIndex findLast findLastIndex sort toSorted replace
  replaceAll from fromAsync groupBy then catch finally apply call bind`.split(/\s+/),
);

/** Methods of `Object` that change their first argument. */
const CHANGING = new Set(["assign", "defineProperty", "defineProperties", "setPrototypeOf"]);

/** Whether a function constructs anything but JavaScript's own classes and Pulumi's assets and archives. */
export function constructsSomething(callback: object): boolean {
  const { tokens } = scriptOf(textOf(callback));
  return tokens.some((token, index) => token.kind === "name" && token.text === "new" && isForeignClass(tokens, index));
}

function isForeignClass(tokens: readonly Token[], index: number): boolean {
  const [next] = tokens.slice(index + 1);
  // A property may have the name `new`.
  if (isMember(tokens, index) || (next?.kind !== "name" && next?.text !== "(")) return false;
  let last = index + 1;
  while (tokens[last + 1]?.text === "." && tokens[last + 2]?.kind === "name") last += 2;
  const name = tokens[last]?.text ?? "";
  return !(last === index + 1 && Object.hasOwn(globalThis, name)) && !/(?:Asset|Archive)$/.test(name);
}

/**
 * Whether a function may run somebody else's code, judged by its source text: it calls more than methods of its own
 * parameters and global functions, passes them something to call, or assigns a variable that is not its own. In doubt,
 * true.
 */
export function callsOthers(callback: object): boolean {
  const text = textOf(callback);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return !isWellKnown(callback);
  const script = scriptOf(text);
  return (
    script.tokens.some(
      ({ kind, text: sign }, index) => kind === "tag" || (sign === "(" && isOthersCall(script, index)),
    ) || assignsElsewhere(script)
  );
}

/**
 * Whether a function reads a member of what is not its own, which may be a getter, or goes through its elements, which a
 * generator may make. A lookup of its own value is none, nor is a text in a message.
 */
export function readsOthers(callback: object): boolean {
  const script = scriptOf(textOf(callback));
  const { tokens, partners, own, assignments } = script;
  const reads = tokens.some((name, index) => {
    if (isName(name) && isMember(tokens, index)) return !isOwnValue(script, index - 2);
    if (!isElement(script, index)) return false;
    const start = partners.get(index) ?? index;
    const key = tokens.slice(start + 1, index);
    return !isOwnValue(script, start - 1) && !key.some((token) => isName(token) && own.has(token.text));
  });
  return (
    reads ||
    tokens.some((_, index) => goesThroughOthers(script, index)) ||
    assignments.some(
      ({ target, value }) =>
        (isSign(tokens[target], "}") || (isSign(tokens[target], "]") && !isElement(script, target))) &&
        value !== undefined &&
        !isOwnExpression(script, value[0], value[1]),
    )
  );
}

/** Functions of these go through what they receive. */
const READING = new Set(["Object", "Array", "JSON", "Map", "Set", "Promise"]);

/** Whether the value after this token is not the function's own, and is spread, iterated, awaited, or given to such a function. */
function goesThroughOthers(script: Script, index: number): boolean {
  const { tokens, partners } = script;
  const token = tokens[index];
  if (isSign(token, "(")) {
    const callee = isMember(tokens, index - 1) ? index - 3 : index - 1;
    const isReading = READING.has(tokens[callee]?.text ?? "") && !isMember(tokens, callee);
    return isReading && !hasKnownNames(tokens.slice(index + 1, partners.get(index)), script.own);
  }
  const isKeyword = ["of", "await", "instanceof"].includes(token?.text ?? "") && !isMember(tokens, index);
  if (!(token?.text === "..." || (token?.kind === "name" && isKeyword))) return false;
  return !isOwnExpression(script, index + 1, valueEnd(script, index + 1));
}

function textOf(callback: object): string {
  return Function.prototype.toString.call(callback);
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

/** Whether a parenthesis calls something unknown. */
function isOthersCall(script: Script, index: number): boolean {
  const { tokens } = script;
  const end = tokens[index - 1]?.text === "?." ? index - 2 : index - 1;
  const callee = tokens[end];
  if (callee?.text === "import") return true;
  if (!endsValue(callee) || isParameterList(script, index) || callee?.kind === "value") return false;
  if (!isName(callee)) return callee?.text !== ")" || !isCondition(script, end);
  if (!isMember(tokens, end)) return tokens[end - 1]?.text !== "new" && !WELL_KNOWN.has(callee?.text ?? "");
  if (!isOwnValue(script, end - 2)) return true;
  return callsArgument(script, index, callee?.text ?? "");
}

/** Whether a method of JavaScript's own values calls or changes what it receives. */
function callsArgument(script: Script, index: number, method: string): boolean {
  const given = argumentsOf(script, index);
  const isHarmful = (each: readonly Token[]) => !isHarmless(each, script.own);
  if (CHANGING.has(method)) return given.slice(0, 1).some(isHarmful);
  // The first one is data.
  if (method === "parse" || method === "stringify") return given.slice(1).some(isHarmful);
  return CALLING.has(method) && given.some(isHarmful);
}

/** Whether the parenthesis closes `if (…)` or the like, after which a statement may start with another one. */
function isCondition({ tokens, partners }: Script, end: number): boolean {
  return ["if", "while", "for"].includes(tokens[(partners.get(end) ?? 0) - 1]?.text ?? "");
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
