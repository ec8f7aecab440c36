import { type AccessDiff, type ClientDiff, type Counts, EFFECTS, type Effect } from "../model/access-diff";

/** Counts what changes, over all environments. */
export function countsOf(clients: readonly ClientDiff[]): Counts {
  const having = (effect: Effect) => clients.filter(({ effects }) => effects.includes(effect)).length;
  const rows = clients.flatMap(({ permissions }) => permissions);
  const gained = rows.filter(({ sign }) => sign === "+");
  return {
    clientsBroadened: having("broadened"),
    clientsNarrowed: having("narrowed"),
    clientsCredentialsChanged: having("credentials-changed"),
    clientsCreated: having("created"),
    clientsRenamed: having("renamed"),
    clientsDeleted: having("deleted"),
    clientsUnknown: having("unknown"),
    gained: gained.length,
    lost: rows.filter(({ sign }) => sign === "-").length,
    gainedCritical: gained.filter(({ risk }) => risk === "critical").length,
    gainedHigh: gained.filter(({ risk }) => risk === "high").length,
  };
}

/** The gravest effect of all. */
export function verdictOf(clients: readonly ClientDiff[], uncertain: AccessDiff["uncertain"]): Effect {
  if (uncertain.length > 0) return "unknown";
  return EFFECTS.find((effect) => clients.some(({ effects }) => effects.includes(effect))) ?? "none";
}
