import {
  ACCESS_KINDS,
  DATA_KINDS,
  GROUPS,
  type Permission,
  permissions,
  RISKS,
  SCOPES,
  type Selection,
  select,
} from "xtremepush-access";
import { type Source, stringLiteral } from "./source-text";

/** The smallest set for which a `select` is clearer than the names. */
const SELECTED_LEAST = 4;

/** Writes a set of permissions as a `select` when one returns exactly this set, otherwise one by one. */
export function permissionsSource(set: readonly Permission[]): {
  source: Source;
  uses: "permissions" | "select" | null;
} {
  const selection = SELECTIONS.get(keyOf(set));
  if (selection !== undefined) return { source: `select(${selectionSource(selection)})`, uses: "select" };
  return { source: { list: set.map(accessorOf) }, uses: set.length === 0 ? null : "permissions" };
}

/** Lists every select with one condition, then common ones with two; the first that returns a set wins. */
function simpleSelections(): Selection[] {
  const groups = Object.keys(GROUPS) as (keyof typeof GROUPS)[];
  const scopes = Object.keys(SCOPES) as (keyof typeof SCOPES)[];
  return [
    ...ACCESS_KINDS.map((access) => ({ access })),
    ...scopes.map((scope) => ({ scope })),
    ...groups.map((group) => ({ group })),
    ...RISKS.map((maxRisk) => ({ maxRisk })),
    ...DATA_KINDS.map((data) => ({ data })),
    ...ACCESS_KINDS.flatMap((access) => RISKS.map((maxRisk) => ({ access, maxRisk }))),
    ...ACCESS_KINDS.flatMap((access) => groups.map((group) => ({ access, group }))),
  ];
}

const SELECTIONS: ReadonlyMap<string, Selection> = selectionsBySet();

function selectionsBySet(): Map<string, Selection> {
  const found = new Map<string, Selection>();
  for (const selection of simpleSelections()) {
    const set = select(selection);
    const key = keyOf(set);
    if (set.length >= SELECTED_LEAST && !found.has(key)) found.set(key, selection);
  }
  return found;
}

function keyOf(set: readonly Permission[]): string {
  return set.toSorted().join(" ");
}

function selectionSource(selection: Selection): string {
  const conditions = Object.entries(selection).map(([key, value]) => `${key}: ${stringLiteral(String(value))}`);
  return `{ ${conditions.join(", ")} }`;
}

function accessorOf(permission: Permission): string {
  return ACCESSORS.get(permission) ?? stringLiteral(permission);
}

const ACCESSORS: ReadonlyMap<string, string> = new Map(
  Object.entries(permissions).flatMap(([scope, members]) =>
    Object.entries(members).map(([name, id]): [string, string] => [id, `permissions.${scope}.${name}`]),
  ),
);
