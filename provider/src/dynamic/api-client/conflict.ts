import type { ConflictError, ConflictingResource } from "xtremepush-access";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import { aliasFor, aliasLines } from "../run/alias";
import { Failure } from "../run/failure";

/** What the program wanted to create. */
interface Wanted {
  readonly name: string;
  readonly managedBy: string | null;
}

/**
 * Says which client is in the way of a new one.
 *
 * When the client that has the name belongs to a resource of the same stack, the program has most likely renamed that
 * resource: then it prints the `aliases` line with which the engine recognises it.
 */
export function conflictFailure(error: ConflictError, { name, managedBy }: Wanted): Failure {
  const there = error.current;
  if (!there) return new Failure(error.message);
  if (error.code !== "name_taken")
    return error.code === "owner_conflict" ? lostFailure(there) : new Failure(error.message);
  const message = `the name ${quoted(name)} is taken by client ${word(there.id)}`;
  const alias = aliasFor(there.managedBy, managedBy);
  if (alias !== null) {
    return new Failure([`${message}, which a resource of this stack manages`, ...aliasLines(alias)].join("\n"));
  }
  const owner = there.managedBy === null ? "no program manages" : `${word(there.managedBy)} manages`;
  const adopt = there.managedBy === null ? `, or take that one over with ${adoptLine(there)}` : "";
  return new Failure(
    `${message}, which ${owner} (last changed by ${word(there.updatedBy ?? "nobody")}); give this one another name${adopt}`,
  );
}

/** The state has lost a client that is not fresh enough to be taken over unasked. */
function lostFailure(there: ConflictingResource): Failure {
  return new Failure(
    `this resource already has ${clientLabel(there)}, which the state does not know: ${lifeOf(there)}. One that was used or changed, is older than a day, or was made by another actor is not taken over unasked. Restore the state that had it, or keep it with ${adoptLine(there)} (its secret cannot be shown again: raise secretVersion afterwards)`,
  );
}

/** Who made it and when, and what became of it; an older backend reports only the last change. */
function lifeOf({
  createdBy,
  createdTime,
  updatedBy,
  updatedTime,
  revision,
  lastUsedTime,
}: ConflictingResource): string {
  const isMadeKnown = createdBy !== undefined && createdTime !== undefined;
  const made = isMadeKnown ? [`made by ${word(createdBy)} at ${createdTime}`] : [];
  const isChanged = revision > 1 || !isMadeKnown;
  const changed = isChanged ? [`last changed by ${word(updatedBy ?? "nobody")} at ${updatedTime}`] : [];
  const used = lastUsedTime ? [`last used at ${lastUsedTime}`] : [];
  return [...made, ...changed, ...used].join(", ");
}

/** What a program declares to take over a client that is there. */
function adoptLine({ id }: ConflictingResource): string {
  return `adopt: ${quoted(id)}`;
}
