import { findSourceMap } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The folders of packages whose lines do not count as the program's. */
const PACKAGES: readonly string[] = JSON.parse(process.env["ACCESS_REVIEW_PACKAGES"] ?? "[]");

/** Finds the innermost line of the program in a stack, `<file>:<line>`; null when there is none. */
export function positionIn(stack: string | undefined): string | null {
  const own = positionsIn(stack).find((position) => position !== undefined && isOwn(position.file));
  return own === undefined ? null : `${own.file}:${own.line}`;
}

/** The position of each frame of a stack; undefined for a frame without one. */
export function positionsIn(stack: string | undefined): (Position | undefined)[] {
  const frames = (stack ?? "").split("\n").filter((line) => /^\s*at /.test(line));
  return frames.map(positionOf);
}

/** The caller's stack at full depth. */
export function currentStack(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  return stack;
}

function positionOf(frame: string): Position | undefined {
  // The frame of a module's top level has no parentheses.
  const [, site] = /\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(frame) ?? /^\s*at (?:async )?(.*)$/.exec(frame) ?? [];
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(site ?? "") ?? [];
  if (file === undefined || file.startsWith("node:")) return undefined;
  const position = { line: Number(line), column: Number(column) };
  // The SDK has already mapped CommonJS positions, but not those of ES modules, which are URLs.
  return file.startsWith("file:") ? mapToSource({ ...position, file: fileURLToPath(file) }) : { ...position, file };
}

/** The position in the source from which a module was compiled. */
function mapToSource(position: Position): Position {
  const entry = findSourceMap(position.file)?.findEntry(position.line - 1, position.column - 1);
  if (entry === undefined || !("originalLine" in entry)) return position;
  return { ...position, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** Whether a file belongs to the program, not to a package. */
function isOwn(file: string): boolean {
  return path.isAbsolute(file) && !file.split(path.sep).includes("node_modules") && !isOfProduct(file);
}

/** Whether a file belongs to the packages whose classes make resources, or to the review. */
export function isOfProduct(file: string): boolean {
  return [...PACKAGES, path.resolve(__dirname, "../../..")].some((folder) => file.startsWith(folder + path.sep));
}
