import { globSync } from "node:fs";
import path from "node:path";
import { FIRST } from "./chapters";

const ROOT = path.resolve(__dirname, "../..");

/** What an operator of a backend follows. */
const FOR_OPERATORS = ["docs/backend.md", "docs/operations.md"];

/** The documents with commands for users, the README first. */
export function allGuides(): string[] {
  return [FIRST, ...FOR_OPERATORS, ...globSync("docs/guides/*.md", { cwd: ROOT }).sort()];
}
