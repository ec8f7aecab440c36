import { globSync } from "node:fs";
import path from "node:path";
import { FIRST } from "./chapters";

const ROOT = path.resolve(__dirname, "../..");

/** The documents with commands for users, the README first. */
export function allGuides(): string[] {
  return [FIRST, ...globSync("docs/guides/*.md", { cwd: ROOT }).sort()];
}
