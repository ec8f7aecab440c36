export interface Token {
  /** `value` is a string, a number or a regular expression; `tag` is a template that calls a function. */
  readonly kind: "name" | "value" | "tag" | "sign";
  readonly text: string;
  /** Where it begins in the script. */
  readonly start: number;
}

const SPACE = /(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)+/y;
const NAME = /[#\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\.?\d[\w.]*/y;
const TEXT = /'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"/y;
const PATTERN = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/y;
const SIGN = /=>|\?\.(?!\d)|\.\.\.|[\s\S]/y;

/** Reserved words, which look like names. */
const KEYWORDS = new Set(
  `await async break case catch const continue default delete do else finally for function if in instanceof let new of
  return switch throw try typeof var void while yield null true false undefined`.split(/\s+/),
);

/** Whether a token is an identifier. */
export function isName(token: Token | undefined): boolean {
  return token?.kind === "name" && !KEYWORDS.has(token.text);
}

/** Whether the next token continues the value: a call, a member, a division. */
export function endsValue(token: Token | undefined): boolean {
  return isName(token) || token?.kind === "value" || token?.text === ")" || token?.text === "]";
}

/** Splits a script into tokens. The expressions of a template follow it in parentheses. */
export function tokensOf(script: string): Token[] {
  return read(script, 0, false).tokens;
}

function read(script: string, start: number, isInTemplate: boolean): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  let depth = 0;
  let at = start;
  while (at < script.length) {
    at += matchAt(SPACE, script, at).length;
    if (script[at] === "`") {
      const template = readTemplate(script, at + 1);
      tokens.push({ kind: endsValue(tokens.at(-1)) ? "tag" : "value", text: "`", start: at }, ...template.tokens);
      at = template.end;
      continue;
    }
    const token = tokenAt(script, at, tokens.at(-1));
    if (token === null) break;
    if (token.text === "{") depth += 1;
    if (token.text === "}") depth -= 1;
    if (isInTemplate && depth < 0) break;
    tokens.push(token);
    at += token.text.length;
  }
  return { tokens, end: at };
}

function readTemplate(script: string, start: number): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  let at = start;
  while (at < script.length && script[at] !== "`") {
    if (script.startsWith("${", at)) {
      const inner = read(script, at + 2, true);
      tokens.push(sign("+", at), sign("(", at), ...inner.tokens, sign(")", inner.end));
      at = inner.end + 1;
    } else {
      at += script[at] === "\\" ? 2 : 1;
    }
  }
  return { tokens, end: at + 1 };
}

function sign(text: string, start: number): Token {
  return { kind: "sign", text, start };
}

function tokenAt(script: string, at: number, last: Token | undefined): Token | null {
  const name = matchAt(NAME, script, at);
  if (name !== "") return { kind: "name", text: name, start: at };
  const isPattern = script[at] === "/" && !endsValue(last);
  const value = matchAt(TEXT, script, at) || matchAt(NUMBER, script, at) || (isPattern && matchAt(PATTERN, script, at));
  if (value) return { kind: "value", text: value, start: at };
  const text = matchAt(SIGN, script, at);
  return text === "" ? null : sign(text, at);
}

function matchAt(pattern: RegExp, script: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(script)?.[0] ?? "";
}
