import { quoted, word } from "xtremepush-access/text";
import { ProblemError } from "../failures/problems";
import type { Change } from "./change";

/** The owner that a thing has or would have; `what` begins the sentence of the refusal. */
export interface Owned {
  readonly what: string;
  readonly managedBy: string | null;
}

/**
 * Refuses an actor that is bound to owners what belongs to another owner.
 *
 * @throws ProblemError `forbidden`, which names that owner and the prefix.
 */
export function assertOwned(change: Change, { what, managedBy }: Owned): void {
  const { name, ownerPrefix } = change.actor;
  if (ownerPrefix === null || managedBy?.startsWith(ownerPrefix)) return;
  const owner = managedBy === null ? "no owner" : quoted(managedBy);
  throw new ProblemError(
    "forbidden",
    `${what} to ${owner}, and the actor ${word(name)} is bound to owners that begin with ${quoted(ownerPrefix)}; ` +
      "use an owner that begins with it, or another actor",
  );
}

/** Like `assertOwned`, but also allows what has no owner. */
export function assertOwnedOrFree(change: Change, owned: Owned): void {
  if (owned.managedBy !== null) assertOwned(change, owned);
}
