import { closeSync, fsyncSync, openSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isWellFormed } from "../credentials/secrets";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";
import { writePrivately } from "./file-failure";

export function adminTokenPath(dataDir: string): string {
  return join(dataDir, "admin-token");
}

/** Reads the token of an earlier start; null when there is no file. */
export function readAdminToken(dataDir: string): string | null {
  const path = adminTokenPath(dataDir);
  try {
    const token = readFileSync(path, "utf8").trim();
    if (isWellFormed("xpat", token)) return token;
  } catch (error) {
    if (isNamed(error, "ENOENT")) return null;
    throw error;
  }
  throw new StartFailure(`The file ${path} does not hold a token: delete it, and the next start makes a new one.`);
}

/** Writes the token durably, readable by its user only, as a whole or not at all. */
export function writeAdminToken(dataDir: string, token: string): void {
  const path = adminTokenPath(dataDir);
  writePrivately(`${path}.new`, `${token}\n`);
  renameSync(`${path}.new`, path);
  syncFolder(dataDir);
}

// Without this, a power cut can lose the name of a file whose content is on the disk.
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
