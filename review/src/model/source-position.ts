import { hasHidden } from "xtremepush-access/text";

export interface SourcePosition {
  readonly file: string;
  readonly line: number;
}

/**
 * Parses `index.ts:12`. Null for a string that is not a position, or that leaves the folder of the program. The result
 * is prefixed with `folder`, like `infra/`.
 */
export function parseSourcePosition(source: string | null, folder = ""): SourcePosition | null {
  const [, file = "", line = ""] = /^(.+):(\d{1,7})$/s.exec(source ?? "") ?? [];
  const leaves = file.startsWith("/") || file.split("/").includes("..") || file.includes("\\") || hasHidden(file);
  return file === "" || leaves || Number(line) === 0 ? null : { file: `${folder}${file}`, line: Number(line) };
}
