import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";

const IGNORE = "# Made by xtremepush-access-backend: this folder holds its database and its secrets.\n*\n";

/** The codes of a disk, or of a quota, that has no space left. */
const FULL: readonly string[] = ["ENOSPC", "EDQUOT"];

/** Where the embedded database is in its data folder. */
export function databaseFolder(dataDir: string): string {
  return join(dataDir, "database");
}

/** Creates the folder of an embedded backend, or checks an existing one: its own, no symlink, for its user only. */
export function prepareDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    assertOwnFolder(folder);
    chmodSync(folder, 0o700);
    if (mark(folder) !== IGNORE) writeFileSync(join(folder, ".gitignore"), IGNORE, { mode: 0o600 });
  } catch (error) {
    if (!isNamed(error, "EACCES", "ENOENT", "EPERM", "EROFS", "EEXIST", "ENOTDIR", ...FULL)) throw error;
    const advice = FULL.includes(error.code) ? "free some space on its disk" : "choose another with --data-dir";
    throw new StartFailure(`The folder ${folder} cannot be used (${error.code}): ${advice}.`);
  }
}

// Another program's folder would get mode 0700 and a .gitignore that hides everything in it.
function assertOwnFolder(folder: string): void {
  if (lstatSync(folder).isSymbolicLink()) {
    throw new StartFailure(`The folder ${folder} is a symbolic link: give the folder itself with --data-dir.`);
  }
  // A start that was killed while it wrote the mark leaves a part of it.
  const ours = IGNORE.startsWith(mark(folder) ?? "-");
  if (!ours && readdirSync(folder).length > 0) {
    throw new StartFailure(`The folder ${folder} holds files of something else: choose an empty one with --data-dir.`);
  }
}

function mark(folder: string): string | null {
  try {
    return readFileSync(join(folder, ".gitignore"), "utf8");
  } catch (error) {
    if (isNamed(error, "ENOENT", "EISDIR")) return null;
    throw error;
  }
}
