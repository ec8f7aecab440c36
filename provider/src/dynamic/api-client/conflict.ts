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
 * Names the client that conflicts with a new one.
 *
 * When a resource of the same stack manages the client with that name, the program most likely renamed that resource. The
 * message then contains the `aliases` line that keeps it.
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
  const adopt = there.managedBy === null ? `, or adopt that client with ${adoptLine(there)}` : "";
  return new Failure(
    `${message}, which ${owner} (last changed by ${word(there.updatedBy ?? "unknown")}); choose another name${adopt}`,
  );
}

/** The state lost a client that is not recent enough to take over automatically. */
function lostFailure(there: ConflictingResource): Failure {
  return new Failure(
    `this resource already has ${clientLabel(there)}, which is missing from the state: ${lifeOf(there)}. A client that was used or changed, is older than a day, or was created by another actor is not taken over automatically. Restore the state that contains it, or keep it with ${adoptLine(there)} (its secret cannot be shown again: raise secretVersion afterwards)`,
  );
}

/** Who created it and when, and its last change and use; an older backend reports only the last change. */
function lifeOf({
  createdBy,
  createdTime,
  updatedBy,
  updatedTime,
  revision,
  lastUsedTime,
}: ConflictingResource): string {
  const isMadeKnown = createdBy !== undefined && createdTime !== undefined;
  const made = isMadeKnown ? [`created by ${word(createdBy)} at ${word(createdTime)}`] : [];
  const isChanged = revision > 1 || !isMadeKnown;
  const changed = isChanged
    ? [`last changed by ${word(updatedBy ?? "unknown")} at ${word(updatedTime ?? "an unknown time")}`]
    : [];
  const used = lastUsedTime ? [`last used at ${word(lastUsedTime)}`] : [];
  return [...made, ...changed, ...used].join(", ");
}

/** The input with which a program takes over an existing client. */
function adoptLine({ id }: ConflictingResource): string {
  return `adopt: ${quoted(id)}`;
}
