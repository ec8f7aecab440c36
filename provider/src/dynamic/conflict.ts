import type { ConflictError, Obstacle } from "xtremepush-access";
import { Failure } from "./failure";
import { named, shown } from "./shown";

/** What the program wanted to create. */
interface Wanted {
  readonly name: string;
  readonly managedBy: string | null;
}

/**
 * Says which client stands in the way of a new one.
 *
 * When the client that has the name belongs to a resource of the same stack, the program has most likely renamed that
 * resource: then it prints the `aliases` line with which the engine recognises it.
 */
export function conflictFailure(error: ConflictError, { name, managedBy }: Wanted): Failure {
  const there = error.current;
  if (!there) return new Failure(error.message);
  if (error.code !== "name_taken")
    return error.code === "owner_conflict" ? lostFailure(there) : new Failure(error.message);
  const message = `the name ${JSON.stringify(name)} is taken by client ${there.id}`;
  const alias = aliasFor(there.managedBy, managedBy);
  if (alias !== null) {
    return new Failure([`${message}, which a resource of this stack manages`, ...aliasLines(alias)].join("\n"));
  }
  const owner = there.managedBy === null ? "no program manages" : `${there.managedBy} manages`;
  const adopt = there.managedBy === null ? `, or take that one over with ${adoptLine(there)}` : "";
  return new Failure(
    `${message}, which ${owner} (last changed by ${named(there.updatedBy)}); give this one another name${adopt}`,
  );
}

/** The state has lost a client that is not fresh enough to be taken over unasked. */
function lostFailure(there: Obstacle): Failure {
  const { id, name, updatedBy, updatedTime } = there;
  return new Failure(
    `this resource already has client ${id} (${shown(name)}, last changed by ${named(updatedBy)} at ${updatedTime}), which the state does not know; it has been used or changed since it was made, or somebody else made it, so it is not taken over unasked. Restore the state that had it, or keep it with ${adoptLine(there)} (its secret cannot be shown again: raise secretVersion afterwards)`,
  );
}

/** What a program declares to take over a client that is there. */
function adoptLine({ id }: Obstacle): string {
  return `adopt: ${JSON.stringify(id)}`;
}

/** What to do when a resource was renamed in the program: the engine recognises it by its alias. */
export function aliasLines(alias: string): string[] {
  return [
    "if you renamed that resource, tell Pulumi, so that it stays the same; add to the options of the new one:",
    `  aliases: [${JSON.stringify(alias)}]`,
  ];
}

/** The URN of the other resource, when both are of one owner, stack and Pulumi project. */
export function aliasFor(theirs: string | null, ours: string | null): string | null {
  if (theirs === null || ours === null || theirs === ours) return null;
  const [before, after] = [theirs, ours].map((managedBy) => {
    const start = managedBy.indexOf("urn:pulumi:");
    const urn = managedBy.slice(start);
    return { urn, home: managedBy.slice(0, start) + urn.split("::").slice(0, 2).join("::") };
  });
  return before && after && before.home === after.home ? before.urn : null;
}
