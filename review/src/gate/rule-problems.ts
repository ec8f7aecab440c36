import { PERMISSION_IDS, PERMISSIONS, type Permission } from "xtremepush-access/catalog";
import { quoted } from "xtremepush-access/text";
import type { Effect } from "../model/access-diff";
import { CONDITIONS, type Conditions } from "./conditions";
import { asksForPermissions } from "./match";
import { matchesPattern } from "./pattern";
import type { Rules } from "./rules";

/** The stacks and the clients that lock files name. */
export interface LockedNames {
  readonly stacks: readonly string[];
  readonly clients: readonly LockedClient[];
}

export interface LockedClient {
  readonly stack: string;
  /** Null when it is unknown: any pattern may match it. */
  readonly name: string | null;
}

/** Why a condition of a rule is never met, or always. */
export interface RuleProblem {
  /** The id of the rule. */
  readonly rule: string;
  /** A warning is about what may still come, such as a new client. */
  readonly severity: "error" | "warning";
  /** `always` for a condition that everything meets; `yet` for one that only warns. */
  readonly met: "never" | "always" | "yet";
  readonly why: string;
  /** What is there instead; empty when there is nothing to say. */
  readonly hint: string;
}

/** Finds the conditions that are never met: in any change, or with the stacks and clients of the lock files. */
export function findRuleProblems({ rules }: Rules, names: LockedNames): RuleProblem[] {
  return rules.flatMap(({ id, when }) => {
    const ofStacks = stackProblems(when, names);
    // Without its stacks, every client of the rule is missing, too.
    const ofClients = ofStacks.length === 0 ? clientProblems(when, names) : [];
    const problems = [...effectProblems(when), ...permissionProblems(when), ...ofStacks, ...ofClients];
    return problems.map((problem) => ({ rule: id, ...problem }));
  });
}

type Problem = Omit<RuleProblem, "rule">;

function effectProblems(when: Conditions): Problem[] {
  const effects: readonly (string | Effect)[] = when.effect ?? [];
  const never = [
    effects.includes("none") ? "the effect none is in no review, which has only the clients that change" : null,
    effects.includes("deleted") && asksForPermissions(when)
      ? "the effect deleted never comes with a permission, because a deleted client gains none"
      : null,
  ];
  return never.flatMap((why) => (why === null ? [] : [{ severity: "error", met: "never", why, hint: "" }]));
}

function permissionProblems(when: Conditions): Problem[] {
  if (!asksForPermissions(when) || permissionsThatMeet(when).length > 0) return [];
  const why = "no permission of the catalog meets all of its conditions";
  return [{ severity: "warning", met: "yet", why, hint: "" }];
}

const PERMISSION_CONDITIONS = (["permission", "scope", "access", "data", "risk"] as const).map(
  (name) => [name, CONDITIONS[name].isMet] as const,
);

/** The permissions of the catalog that meet a rule's conditions on permissions. */
export function permissionsThatMeet(when: Conditions): Permission[] {
  return PERMISSION_IDS.filter((permission) =>
    PERMISSION_CONDITIONS.every(([name, isMet]) => {
      const values = when[name];
      const gained = { ...PERMISSIONS[permission], sign: "+" as const, permission, fromCatalog: false };
      return values === undefined || isMet(gained, values);
    }),
  );
}

/** Each of the stacks must be there: the others of a list would hide a misspelt one. */
function stackProblems({ stack = [], "not-before": lower = [] }: Conditions, { stacks }: LockedNames): Problem[] {
  // Before the first lock file there is nothing to compare with.
  if (stacks.length === 0) return [];
  const missing = (patterns: readonly string[], met: Problem["met"]) =>
    patterns
      .filter((pattern) => !matchesAny(stacks, pattern))
      .map((pattern): Problem => {
        const why = `no lock file has the stack ${quoted(pattern)}`;
        return { severity: "error", met, why, hint: hintFor(pattern, stacks) };
      });
  // A stack that is not there has no permission, so that every one is new.
  return [...missing(stack, "never"), ...missing(lower, "always")];
}

function clientProblems(when: Conditions, { clients }: LockedNames): Problem[] {
  const there = clientsOf(when, clients);
  // Any client may have a name that is unknown.
  if (clients.length === 0 || there.some(({ name }) => name === null)) return [];
  const names = there.flatMap(({ name }) => name ?? []);
  return (when.client ?? [])
    .filter((pattern) => !matchesAny(names, pattern))
    .map((pattern): Problem => {
      const isCase = matchesAny(names.map(folded), folded(pattern));
      const where = when.stack === undefined ? "" : ` in the stacks of the rule`;
      const why = `no client${where} has the name ${quoted(pattern)}`;
      const found = isCase
        ? ({ severity: "error", met: "never" } as const)
        : ({ severity: "warning", met: "yet" } as const);
      return { ...found, why, hint: hintFor(pattern, names) };
    });
}

/** The clients in the stacks of a rule. */
function clientsOf({ stack }: Conditions, clients: readonly LockedClient[]): LockedClient[] {
  return clients.filter(
    (client) => stack === undefined || stack.some((pattern) => matchesPattern(client.stack, pattern)),
  );
}

function matchesAny(names: readonly string[], pattern: string): boolean {
  return names.some((name) => matchesPattern(name, pattern));
}

function folded(text: string): string {
  return text.toLowerCase();
}

/** How many names a message lists. */
const NAMES_MAX = 5;

/** The name that differs only in case, else the names that are there when they are few. */
function hintFor(pattern: string, names: readonly string[]): string {
  const similar = names.find((name) => matchesPattern(folded(name), folded(pattern)));
  if (similar !== undefined) return `, but ${quoted(similar)}: case matters`;
  const all = [...new Set(names)];
  return all.length === 0 || all.length > NAMES_MAX ? "" : `, only ${all.map((name) => quoted(name)).join(", ")}`;
}
