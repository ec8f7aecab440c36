import { hasHidden } from "xtremepush-access/text";

/** A position in the source code of the program. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
}

/**
 * Reads `index.ts:12`; null for a string that is none, or that leaves the folder of the program. The file is one below
 * `folder`, `infra/`.
 */
export function parseSourcePosition(source: string | null, folder = ""): SourcePosition | null {
  const [, file = "", line = ""] = /^(.+):(\d{1,7})$/s.exec(source ?? "") ?? [];
  const leaves = file.startsWith("/") || file.split("/").includes("..") || file.includes("\\") || hasHidden(file);
  return file === "" || leaves || Number(line) === 0 ? null : { file: `${folder}${file}`, line: Number(line) };
}
