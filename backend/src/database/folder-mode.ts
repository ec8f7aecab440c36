import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Makes the files of an embedded database readable for their user only. PGlite makes most of them with mode 0666. */
export function closeFolder(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) closeFolder(path);
    else if (entry.isFile() && (lstatSync(path).mode & 0o777) !== 0o600) chmodSync(path, 0o600);
  }
}
