import { type AccessDiff, type ClientDiff, type Counts, EFFECTS, type Effect } from "../model/access-diff";

/** Counts what changes in all environments. */
export function countChanges(clients: readonly ClientDiff[]): Counts {
  const countWith = (effect: Effect) => clients.filter(({ effects }) => effects.includes(effect)).length;
  const rows = clients.flatMap(({ permissions }) => permissions);
  const gained = rows.filter(({ sign }) => sign === "+");
  return {
    clientsBroadened: countWith("broadened"),
    clientsNarrowed: countWith("narrowed"),
    clientsCredentialsChanged: countWith("credentials-changed"),
    clientsCreated: countWith("created"),
    clientsRenamed: countWith("renamed"),
    clientsDeleted: countWith("deleted"),
    clientsUnknown: countWith("unknown"),
    gained: gained.length,
    lost: rows.filter(({ sign }) => sign === "-").length,
    gainedCritical: gained.filter(({ risk }) => risk === "critical").length,
    gainedHigh: gained.filter(({ risk }) => risk === "high").length,
  };
}

/** Finds the most serious effect of all clients. */
export function findVerdict(clients: readonly ClientDiff[], uncertain: AccessDiff["uncertain"]): Effect {
  if (uncertain.length > 0) return "unknown";
  return EFFECTS.find((effect) => clients.some(({ effects }) => effects.includes(effect))) ?? "none";
}
