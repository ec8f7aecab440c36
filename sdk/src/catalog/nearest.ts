import { quoted } from "../text";
import { isPermission, PERMISSION_IDS, type Permission } from "./permissions";

/** Returns the permission whose ID is closest to a string in spelling. */
export function nearestPermission(text: string): Permission {
  const wanted = text.slice(0, LONGEST).trim().toLowerCase();
  let best: Permission = "create:campaign";
  let least = Number.POSITIVE_INFINITY;
  for (const id of PERMISSION_IDS) {
    if (Math.abs(wanted.length - id.length) >= least) continue;
    const edits = distance(wanted, id);
    if (edits < least) [best, least] = [id, edits];
  }
  return best;
}

/** Composes the message for an unknown permission, with the nearest known one. */
export function unknownPermissionMessage(value: unknown): string {
  if (typeof value !== "string") return `a permission is a string such as "list:campaign", not ${typeOf(value)}`;
  const unknown = `unknown permission ${quoted(value, LONGEST)}`;
  return value.length > LONGEST ? unknown : `${unknown}; did you mean "${nearestPermission(value)}"?`;
}

/**
 * Asserts that a value from outside, such as a configuration file, is the ID of a permission.
 *
 * @throws RangeError naming the nearest valid permission.
 */
export function assertPermission(value: unknown): asserts value is Permission {
  if (!isPermission(value)) throw new RangeError(unknownPermissionMessage(value));
}

const LONGEST = 64;

function typeOf(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}

/** Levenshtein's distance: https://en.wikipedia.org/wiki/Levenshtein_distance */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
