import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { count } from "xtremepush-access/text";
import type { AccessDiff, ClientDiff, Counts, Effect, EnvironmentDiff, PermissionChange } from "../model/access-diff";
import type { Decision, Finding } from "../model/decision";
import type { Review } from "../model/review";
import { describeUse, isInUse, latestUse } from "../model/use";

/** Writes the first line of every output: the verdict and its counts. */
export function describeVerdict(diff: AccessDiff): string {
  const { verdict, counts, givenUp } = diff;
  const left = count(givenUp.length, "stack");
  if (verdict === "none" && givenUp.length > 0) return `Gives up ${left}: ${describeLeft(givenUp)}`;
  const stacks = givenUp.length === 0 ? "" : `; ${left} given up`;
  const facts = FACTS[verdict](counts).filter((fact) => fact !== null);
  return `${VERDICTS[verdict]}${facts.length === 0 ? "" : `: ${facts.join(", ")}`}${describeRest(verdict, counts)}${describeInUse(diff)}${stacks}`;
}

/** How many of the permissions that a change takes away are in use: worth a look, and no verdict of its own. */
function describeInUse({ environments }: AccessDiff): string {
  const permissions = environments.flatMap(({ clients }) => clients.flatMap((client) => client.permissions));
  const used = permissions.filter(({ use }) => isInUse(use)).length;
  return used === 0 ? "" : `; takes away ${count(used, "permission")} in use`;
}

/** The clients of the stacks that a change gives up. */
function describeLeft(givenUp: AccessDiff["givenUp"]): string {
  const known = givenUp.reduce((sum, { clients }) => sum + (clients ?? 0), 0);
  const isKnown = givenUp.every(({ clients }) => clients !== null);
  if (known === 0 && !isKnown) return "its clients are not known";
  return `${isKnown ? "" : "at least "}${count(known, "client")} left without a program`;
}

const VERDICTS: Readonly<Record<Effect, string>> = {
  unknown: "Cannot tell what changes",
  broadened: "Broadens access",
  "credentials-changed": "Changes credentials",
  created: "Adds clients without permissions",
  narrowed: "Narrows access",
  deleted: "Deletes clients",
  renamed: "Renames clients",
  none: "No change to access",
};

const FACTS: Readonly<Record<Effect, (counts: Counts) => (string | null)[]>> = {
  unknown: (counts) => [
    countUnlessNone(counts.clientsUnknown, "client with unknown access", "clients with unknown access"),
    ...describeGains(counts),
  ],
  broadened: (counts) => [count(counts.clientsBroadened, "client"), ...describeGains(counts)],
  "credentials-changed": ({ clientsCredentialsChanged }) => [count(clientsCredentialsChanged, "client")],
  created: ({ clientsCreated }) => [count(clientsCreated, "client")],
  narrowed: ({ clientsNarrowed, lost }) => [count(clientsNarrowed, "client"), `-${count(lost, "permission")}`],
  deleted: ({ clientsDeleted }) => [count(clientsDeleted, "client")],
  renamed: ({ clientsRenamed }) => [count(clientsRenamed, "client")],
  none: () => [],
};

function describeGains({ gained, gainedCritical, gainedHigh }: Counts): (string | null)[] {
  if (gained === 0) return [];
  return [
    `+${count(gained, "permission")}`,
    gainedCritical === 0 ? null : `${gainedCritical} critical`,
    gainedHigh === 0 ? null : `${gainedHigh} high`,
  ];
}

/** The counts that the verdict itself does not show. */
function describeRest(verdict: Effect, counts: Counts): string {
  const rest = [
    verdict === "narrowed" || counts.lost === 0 ? null : `-${counts.lost}`,
    verdict === "credentials-changed"
      ? null
      : countUnlessNone(counts.clientsCredentialsChanged, "with changed credentials"),
    verdict === "renamed" ? null : countUnlessNone(counts.clientsRenamed, "renamed"),
    verdict === "deleted" ? null : countUnlessNone(counts.clientsDeleted, "deleted"),
  ].filter((fact) => fact !== null);
  return rest.map((fact) => `; ${fact}`).join("");
}

function countUnlessNone(amount: number, one: string, many: string = one): string | null {
  return amount === 0 ? null : `${amount} ${amount === 1 ? one : many}`;
}

/** What each outcome is called in reports. */
export const OUTCOMES: Readonly<Record<Decision["outcome"], string>> = {
  nothing: "Nothing to decide",
  approval: "Needs approval",
  denied: "Denied",
};

/** The findings of a review. A reason that is also a note is written once, as the note. */
export function findingsBesideNotes({ decision, notes }: Pick<Review, "decision" | "notes">): Finding[] {
  return decision.findings.map((finding) =>
    finding.stack === null && notes.includes(finding.reason) ? { ...finding, reason: "see the notes" } : finding,
  );
}

/** What happens to a client, in plain words. */
export function describeEffects({ effects }: ClientDiff): string {
  return effects.map((effect) => (effect === "credentials-changed" ? "credentials changed" : effect)).join(", ");
}

/** When a client that is deleted was last used, in at most one sentence. */
export function describeDeletedUse({ effects, permissions }: ClientDiff): string[] {
  const use = effects.includes("deleted") ? latestUse(permissions.map((change) => change.use)) : undefined;
  return use === undefined ? [] : [`the client was ${describeUse(use)}`];
}

export const GRANT_REPLACED = "its grant is replaced: its permissions are taken away and given again";

/** The number of permissions on both sides: `12 of 67 -> 14 of 67`. */
export function describeExtent({ before, after }: ClientDiff): string {
  return `${before} of ${PERMISSION_IDS.length} -> ${after} of ${PERMISSION_IDS.length}`;
}

/** Groups the rows of a client under the headings of the settings page, in its order. */
export function groupByScope(rows: readonly PermissionChange[]): ReadonlyMap<string, readonly PermissionChange[]> {
  return Map.groupBy(rows, ({ scopeLabel }) => scopeLabel ?? "Not in this catalog");
}

/** The risk of a permission, with its reason. */
export function describeRisk({ risk, riskReason }: PermissionChange): string {
  if (risk === null) return "unknown risk";
  return riskReason === null ? risk : `${risk}: ${riskReason}`;
}

/** How a change of the catalog affects an environment; null when both sides have the same catalog. */
export function describeCatalog({ catalog, clients }: Pick<EnvironmentDiff, "catalog" | "clients">): string | null {
  if (catalog === null) return null;
  const grown = clients.flatMap(({ permissions }) => permissions).filter(({ fromCatalog }) => fromCatalog).length;
  const change = `The catalog of permissions changes from ${catalog.before} to ${catalog.after}, so a select may choose other permissions`;
  return grown === 0 ? `${change}.` : `${change}; ${count(grown, "permission")} gained here are new in it.`;
}
