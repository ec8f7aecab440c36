import { isPermission, sortPermissions, unknownPermissionMessage } from "xtremepush-access";
import { UNKNOWN } from "./wire";

/**
 * A set of permissions as the engine sees it: `{"list:profile": true}`.
 *
 * Maps are compared by key and lists by index, so only a map gives one line for each permission gained or lost.
 */
export type PermissionMap = Record<string, unknown>;

/** Starts the keys under which a class puts permissions that it does not know yet: `{"?2": <Output>}`. */
const PLACEHOLDER = /^\?\d+$/;

/** Says whether a key stands for a permission that was not known when the program ran. */
function isPlaceholder(key: string): boolean {
  return PLACEHOLDER.test(key);
}

/** Builds the map of a set of permissions. */
export function mapOf(permissions: Iterable<string>): Record<string, true> {
  return Object.fromEntries(sortPermissions(permissions).map((id) => [id, true]));
}

/** The permissions of a map, in the catalog's order. */
export function permissionsOf(map: unknown): string[] {
  return typeof map === "object" && map !== null ? sortPermissions(Object.keys(map)) : [];
}

/**
 * Checks a map as the program gave it and puts each placeholder that is known by now under its permission.
 *
 * @returns the map, or the unknown value, and one reason for each entry that is wrong.
 */
export function checkMap(given: unknown): { map: unknown; reasons: string[] } {
  if (given === UNKNOWN) return { map: UNKNOWN, reasons: [] };
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return {
      map: given,
      reasons: ["permissions must be a list of permissions, for example [permissions.list.segment]"],
    };
  }
  const map: PermissionMap = {};
  const reasons: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (isPlaceholder(key) && value === UNKNOWN) {
      map[key] = value;
      continue;
    }
    const { permission, reason } = checkEntry(key, value);
    if (reason === undefined) map[permission] = true;
    else reasons.push(reason);
  }
  return { map, reasons };
}

function checkEntry(key: string, value: unknown): { permission: string; reason?: string } {
  const permission = isPlaceholder(key) ? value : key;
  if (typeof permission !== "string") {
    return { permission: key, reason: `permissions holds ${JSON.stringify(permission)}, which is not a permission` };
  }
  if (!isPermission(permission)) return { permission, reason: `permissions: ${unknownPermissionMessage(permission)}` };
  if (permission === key && value !== true) {
    return { permission, reason: `permissions["${permission}"] must be true; leave it out to take it away` };
  }
  return { permission };
}

/** One line for each permission that only one of two sets has: `+` in the second alone, `-` in the first alone. */
export function differenceLines(before: readonly string[], after: readonly string[]): string[] {
  return sortPermissions([...before, ...after]).flatMap((id) => {
    if (!before.includes(id)) return [`  + ${id}`];
    return after.includes(id) ? [] : [`  - ${id}`];
  });
}
