import { isPermission, sortPermissions } from "xtremepush-access";
import { unknownPermissionMessage } from "xtremepush-access/catalog";
import { z } from "zod";
import { placeholderIndex, placeholderKey, UNKNOWN } from "../../protocol";
import { isMissing, missingInput } from "../run/missing-input";
import { showValue } from "../run/show-value";

/**
 * A set of permissions as the engine sees it: `{"list:profile": true}`.
 *
 * Maps are compared by key and lists by index, so only a map gives one line for each permission gained or lost.
 */
export const PermissionMap = z.record(z.string(), z.unknown());
export type PermissionMap = z.output<typeof PermissionMap>;

/** Converts a set of permissions to its map. */
export function mapOf(permissions: Iterable<string>): Record<string, true> {
  return Object.fromEntries(sortPermissions(permissions).map((id) => [id, true]));
}

/** Lists the permissions of a map in the catalog's order. */
export function permissionsOf(map: unknown): string[] {
  return typeof map === "object" && map !== null ? sortPermissions(Object.keys(map)) : [];
}

/**
 * Checks the map of a program and replaces each placeholder whose permission is now known.
 *
 * @returns the map, or UNKNOWN, and one reason for each invalid entry.
 */
export function checkMap(given: unknown): { map: unknown; reasons: string[] } {
  if (given === UNKNOWN) return { map: UNKNOWN, reasons: [] };
  if (isMissing(given)) return { map: given, reasons: [missingInput("permissions")] };
  if (typeof given !== "object") {
    return {
      map: given,
      reasons: ["permissions must be a list of permissions, for example [permissions.list.segment]"],
    };
  }
  const map: PermissionMap = {};
  const reasons: string[] = [];
  for (const [key, value] of entriesOf(given)) {
    if (placeholderIndex(key) !== undefined && value === UNKNOWN) {
      map[key] = value;
      continue;
    }
    const { permission, reason } = checkEntry(key, value);
    if (reason === undefined) map[permission] = true;
    else reasons.push(reason);
  }
  return { map, reasons };
}

/** The class sends a map, but a transform of the program may replace it with a list. */
function entriesOf(given: object): [string, unknown][] {
  return Array.isArray(given)
    ? given.map((permission, index) => [placeholderKey(index), permission])
    : Object.entries(given);
}

function checkEntry(key: string, value: unknown): { permission: string; reason?: string } {
  const index = placeholderIndex(key);
  const permission = index === undefined ? key : value;
  if (typeof permission !== "string") {
    const reason = `permissions[${index}] is ${showValue(permission)}, which is not a permission; is its name misspelt in the program?`;
    return { permission: key, reason };
  }
  if (!isPermission(permission)) return { permission, reason: `permissions: ${unknownPermissionMessage(permission)}` };
  if (index === undefined && value !== true) {
    return { permission, reason: `permissions["${permission}"] must be true; omit it to remove the permission` };
  }
  return { permission };
}
