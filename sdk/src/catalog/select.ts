import { quoted } from "../text";
import { type Access, type DataKind, RISKS, type Risk } from "./entry";
import { PERMISSION_IDS, PERMISSIONS, type Permission, type PermissionInfo } from "./permissions";
import type { Group, Scope } from "./scopes";

/** The conditions of a selection; a condition left out does not matter. */
export interface Selection {
  readonly access?: Access | readonly Access[];
  readonly data?: DataKind | readonly DataKind[];
  readonly group?: Group | readonly Group[];
  readonly scope?: Scope | readonly Scope[];
  /** The highest risk to select. */
  readonly maxRisk?: Risk;
}

/**
 * Lists the permissions that meet every condition, in the catalog's order, without deprecated ones.
 *
 * The result can grow when an upgrade of this package adds permissions. An empty selection throws, because `select({})`
 * in an untyped program would grant everything; so does an empty list, because no permission meets it.
 *
 * @throws RangeError for a condition that the catalog does not know, for an empty list, or for no condition at all.
 * @example
 * ```ts
 * select({ access: "read", maxRisk: "medium" });
 * ```
 */
export function select(selection: Selection): readonly Permission[] {
  const tests = Object.entries(selection ?? {})
    .filter(([, wanted]) => wanted !== undefined)
    .map(([key, wanted]) => conditionOf(key, wanted));
  if (tests.length === 0) throw new RangeError(`select needs at least one of ${CONDITIONS.join(", ")}`);
  return PERMISSION_IDS.filter((id) => {
    const info: PermissionInfo = PERMISSIONS[id];
    return info.deprecated === undefined && tests.every((test) => test(info));
  });
}

const CONDITIONS = ["access", "data", "group", "scope", "maxRisk"] as const;

// Widened so that any value can be looked up.
const RISK_ORDER: readonly unknown[] = RISKS;

function conditionOf(key: string, wanted: unknown): (info: PermissionInfo) => boolean {
  if (key === "maxRisk") {
    const highest = RISK_ORDER.indexOf(wanted);
    if (highest < 0) throw unknownValue(key, wanted, RISKS);
    return (info) => RISK_ORDER.indexOf(info.risk) <= highest;
  }
  if (key !== "access" && key !== "data" && key !== "group" && key !== "scope") {
    throw new RangeError(`select does not know the condition ${describeValue(key)}; use ${CONDITIONS.join(", ")}`);
  }
  const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  const known = new Set(PERMISSION_IDS.map((id): string => PERMISSIONS[id][key]));
  if (values.length === 0) throw emptyList(key, [...known]);
  for (const value of values) {
    if (typeof value !== "string" || !known.has(value)) throw unknownValue(key, value, [...known]);
  }
  return (info) => values.includes(info[key]);
}

function emptyList(key: string, known: readonly string[]): RangeError {
  return new RangeError(
    `select: ${key} is an empty list; give at least one of ${known.join(", ")}, or leave ${key} out`,
  );
}

function unknownValue(key: string, value: unknown, known: readonly string[]): RangeError {
  return new RangeError(`select: ${key} cannot be ${describeValue(value)}; use one of ${known.join(", ")}`);
}

/** An untyped program may pass anything, and JSON cannot represent every value. */
function describeValue(value: unknown): string {
  if (typeof value !== "string") return value === null ? "null" : `a value of type ${typeof value}`;
  return quoted(value, 64);
}
