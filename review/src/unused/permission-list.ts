import { permissions as accessors, isPermission } from "xtremepush-access/catalog";
import { type Brackets, bracketsOf, isKey, isSign } from "../program/child/brackets";
import { type Token, tokensOf } from "../program/child/script-tokens";

/** A permission that a list names itself, as `permissions.list.profile` or `"list:profile"`. */
export interface ListedPermission {
  readonly permission: string;
  /** Where it begins and ends in the text. */
  readonly start: number;
  readonly end: number;
}

/** A list of permissions as it stands in the text of a program. */
export interface PermissionList {
  /** Where its first element may begin, and where its closing bracket stands. */
  readonly open: number;
  readonly close: number;
  readonly elements: readonly ListedPermission[];
}

/** Why a list cannot be changed, and the line to look at. */
export interface Unwritable {
  readonly why: string;
  readonly line: number;
}

/**
 * Finds the list of permissions of the resource that a line makes.
 *
 * @param line the line of its `new`, counted from 1.
 */
export function permissionListAt(text: string, line: number): PermissionList | Unwritable {
  const tokens = tokensOf(text);
  const script = bracketsOf(tokens);
  const lineOf = (index: number) => text.slice(0, tokens[index]?.start ?? 0).split("\n").length;
  const made = tokens.flatMap(({ kind, text: word }, index) =>
    kind === "name" && word === "new" && lineOf(index) === line ? valuesOf(script, index) : [],
  );
  const [value, ...others] = made;
  if (value === undefined) return { why: "this line has no `permissions: [...]`", line };
  if (others.length > 0) return { why: "this line makes several resources", line };
  const at = lineOf(value);
  const close = script.partners.get(value);
  if (!isSign(tokens[value], "[") || close === undefined || !isEnd(tokens[close + 1])) {
    return { why: "its permissions are computed", line: at };
  }
  const parts = partsOf(script, value, close);
  const elements: ListedPermission[] = [];
  for (const { start, end } of parts) {
    const element = readElement(tokens.slice(start, end));
    if (element === null) return { why: "a part of its list is computed", line: lineOf(start) };
    elements.push(element);
  }
  return { open: endOf(tokens[value]), close: tokens[close]?.start ?? 0, elements };
}

/** The index of the value of `permissions` in the objects that a `new` gets. */
function valuesOf(script: Brackets, start: number): number[] {
  const { tokens, partners } = script;
  let open = start + 1;
  while (tokens[open]?.kind === "name" || isSign(tokens[open], ".")) open += 1;
  const end = partners.get(open);
  if (!isSign(tokens[open], "(") || end === undefined) return [];
  const objects = topLevel(script, open, end).filter((index) => isSign(tokens[index], "{"));
  return objects.flatMap((object) =>
    topLevel(script, object, partners.get(object) ?? object)
      .filter((index) => tokens[index]?.text === "permissions" && isKey(tokens, index))
      .map((index) => index + 2),
  );
}

/** The indexes of the tokens in brackets, without those in inner brackets. */
function topLevel({ partners }: Brackets, open: number, close: number): number[] {
  const indexes: number[] = [];
  for (let index = open + 1; index < close; index = Math.max(index, partners.get(index) ?? index) + 1)
    indexes.push(index);
  return indexes;
}

function isEnd(token: Token | undefined): boolean {
  return isSign(token, ",") || isSign(token, "}");
}

/** The indexes of the tokens of each element of a list. One without tokens is a hole; behind the last comma, there is none. */
function partsOf(script: Brackets, open: number, close: number): { readonly start: number; readonly end: number }[] {
  const commas = topLevel(script, open, close).filter((index) => isSign(script.tokens[index], ","));
  return [...commas, close]
    .map((end, index) => ({ start: (commas[index - 1] ?? open) + 1, end }))
    .filter(({ start, end }) => start < end || end !== close);
}

/** Null for an element that is not one permission, written out on one line. */
function readElement(part: readonly Token[]): ListedPermission | null {
  const permission = permissionOf(part.map(({ text }) => text));
  const [first, last] = [part[0], part.at(-1)];
  return permission === null || first === undefined ? null : { permission, start: first.start, end: endOf(last) };
}

function permissionOf(words: readonly string[]): string | null {
  const [first = "", dot, scope = "", , name = ""] = words;
  if (words.length === 1) {
    const id = /^(["'])([^"'\\]*)\1$/.exec(first)?.[2] ?? "";
    return isPermission(id) ? id : null;
  }
  if (words.length !== 5 || first !== "permissions" || dot !== "." || words[3] !== ".") return null;
  const found: unknown = Object.entries(accessors).find(([key]) => key === scope)?.[1];
  const id: unknown = Object.entries(found ?? {}).find(([key]) => key === name)?.[1];
  return typeof id === "string" ? id : null;
}

function endOf(token: Token | undefined): number {
  return (token?.start ?? 0) + (token?.text.length ?? 0);
}
