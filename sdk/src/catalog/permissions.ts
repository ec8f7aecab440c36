import { campaign } from "./campaign";
import { common } from "./common";
import type { PermissionEntry } from "./entry";
import { freeze } from "./freeze";
import { hit } from "./hit";
import { other } from "./other";
import { type Group, SCOPES } from "./scopes";

const tables = { ...common, ...campaign, ...hit, ...other } as const;

/** The ID of one checkbox: an opaque key. Look up its scope, access and risk in PERMISSIONS. */
export type Permission = keyof typeof tables;

/** One entry of the catalog: what the checkbox allows, how risky that is, and how its endpoint is known. */
export interface PermissionInfo extends PermissionEntry {
  readonly id: Permission;
  readonly group: Group;
  /** The vendor's label of the scope. */
  readonly scopeLabel: string;
}

type Catalog = { readonly [P in Permission]: PermissionInfo & (typeof tables)[P] };

/**
 * The catalog: every permission by its ID, in the order of the settings page.
 *
 * @example
 * ```ts
 * PERMISSIONS["export:segment"].risk; // "critical"
 * ```
 */
export const PERMISSIONS: Catalog = freeze(
  Object.fromEntries(
    Object.entries(tables).map(([id, entry]) => {
      const { group, label } = SCOPES[entry.scope];
      return [id, { id, group, scopeLabel: label, ...entry }];
    }),
  ),
  // Object.fromEntries loses the type of its keys; they are those of `tables`.
) as Catalog;

/** The IDs of all permissions, in the order of the settings page. */
// Object.keys is typed string[]; the keys are those of `tables`.
export const PERMISSION_IDS = freeze(Object.keys(PERMISSIONS)) as readonly Permission[];

/** Checks whether a value is the ID of a permission in this catalog. */
export function isPermission(value: unknown): value is Permission {
  return typeof value === "string" && Object.hasOwn(PERMISSIONS, value);
}

/** Sorts permission IDs into the catalog's order and removes repeats; unknown ones come last, by name. */
export function sortPermissions<P extends string>(ids: Iterable<P>): P[] {
  const rank = (id: string): number => RANKS.get(id) ?? RANKS.size;
  return [...new Set(ids)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

const RANKS: ReadonlyMap<string, number> = new Map(PERMISSION_IDS.map((id, index) => [id, index]));
