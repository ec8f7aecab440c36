import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** Makes an empty folder that `removeTemporaryFolders` takes away. */
export function temporaryFolder(): string {
  return folderIn(tmpdir());
}

/** The same on another file system, where the machine has one: Linux keeps one in memory. */
export function mountedFolder(): string {
  return folderIn(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
}

function folderIn(parent: string): string {
  const folder = mkdtempSync(join(parent, "xtremepush-access-"));
  made.push(folder);
  return folder;
}

export function removeTemporaryFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}
