import { type ListedPermission, type PermissionList, permissionListAt } from "./permission-list";

/** A list, and which of its permissions go. */
export interface ShorterList extends PermissionList {
  readonly unused: ReadonlySet<string>;
}

/** A line of a file, and what becomes of it: null when it goes. */
export interface LineChange {
  readonly old: string;
  readonly young: string | null;
}

interface Cut {
  readonly start: number;
  readonly end: number;
}

/** Removes permissions from lists. One that is alone on its line goes with the line and the comment behind it. */
export function shorten(text: string, lists: readonly ShorterList[]): LineChange[] {
  const cuts = lists
    .flatMap((list) => list.elements.filter(isUnusedIn(list)).map((element) => cutOf(text, element, list)))
    .sort((one, other) => one.start - other.start);
  let at = 0;
  return text.split("\n").map((old) => {
    const start = at;
    at += old.length + 1;
    const own = cuts.filter((cut) => cut.start >= start && cut.start < at);
    if (own.some((cut) => cut.start === start && cut.end === start + old.length)) return { old, young: null };
    return {
      old,
      young: without(
        old,
        own.map((cut) => ({ start: cut.start - start, end: cut.end - start })),
      ),
    };
  });
}

/**
 * Whether the list of the resource at a line reads as it should once it is shorter. With a comment before a comma, or a name on
 * several lines, it does not.
 */
export function isShortened(text: string, line: number, list: ShorterList): boolean {
  const shorter = shorten(text, [list]).flatMap(({ young }) => young ?? []);
  const read = permissionListAt(shorter.join("\n"), line);
  const left = list.elements.filter((element) => !isUnusedIn(list)(element));
  return "elements" in read && idsOf(read.elements) === idsOf(left);
}

function idsOf(elements: readonly ListedPermission[]): string {
  return elements.map(({ permission }) => permission).join(" ");
}

function isUnusedIn({ unused }: ShorterList): (element: ListedPermission) => boolean {
  return ({ permission }) => unused.has(permission);
}

/** The whole line without its end, or a part of it. */
function cutOf(text: string, element: ListedPermission, list: ShorterList): Cut {
  const lineStart = text.lastIndexOf("\n", element.start) + 1;
  const newline = text.indexOf("\n", element.end);
  const lineEnd = newline === -1 ? text.length : newline;
  const [before, after] = [text.slice(lineStart, element.start), text.slice(element.end, lineEnd)];
  if (/^\s*$/.test(before) && /^\s*,?\s*(?:\/\/.*)?$/.test(after)) return { start: lineStart, end: lineEnd };
  if (/^\s*,\s*$/.test(before) && /^\s*(?:\/\/.*)?$/.test(after)) return { start: lineStart, end: lineEnd };
  const [comma] = /^[ \t]*,[ \t]*/.exec(after) ?? [];
  if (comma !== undefined) {
    // At the end of a line, the spaces before it would stay.
    const isLast = after.slice(comma.length).trim() === "";
    return { start: isLast ? lineStart + before.trimEnd().length : element.start, end: element.end + comma.length };
  }
  // The last one takes the comma before it along, when that is on its line.
  const kept = list.elements.filter((each) => each.end <= element.start && !isUnusedIn(list)(each)).at(-1);
  const indent = before.length - before.trimStart().length;
  return { start: Math.max(kept?.end ?? list.open, lineStart + indent), end: element.end };
}

function without(line: string, cuts: readonly Cut[]): string {
  let [rest, at] = ["", 0];
  for (const { start, end } of cuts) {
    rest += line.slice(at, Math.max(at, start));
    at = Math.max(at, end);
  }
  return rest + line.slice(at);
}
