import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readLock } from "../lock/lock-file";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";

/** Reads the lock files of a folder, at once: a policy pack is made without waiting. @throws ReviewFailure when one cannot be read. */
export function locksIn(folder: string): Manifest[] {
  return namesIn(folder).map((name) => {
    const file = path.join(folder, name);
    return readLock(readFileSync(file, "utf8"), file);
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    throw new ReviewFailure(`the folder of the lock files, ${folder}, cannot be read; check that it exists`);
  }
}
