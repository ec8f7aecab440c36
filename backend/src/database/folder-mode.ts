import { accessSync, chmodSync, constants, lstatSync, readdirSync } from "node:fs";
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

/** Checks that this process may use all files of an embedded database. @throws Error of Node.js with the path of the first that it may not. */
export function assertUsable(folder: string): void {
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) assertUsable(path);
    else if (entry.isFile()) accessSync(path, constants.R_OK | constants.W_OK);
  }
}
