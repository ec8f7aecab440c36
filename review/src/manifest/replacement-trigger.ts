import { createHash } from "node:crypto";

/** `sha256:` and the hash of a trigger, equal for equal values in any order of their keys; null without a trigger. */
export function hashOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return `sha256:${createHash("sha256").update(JSON.stringify(value, sortKeys)).digest("hex")}`;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
