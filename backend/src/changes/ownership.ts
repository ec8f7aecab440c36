import { quoted, word } from "xtremepush-access/text";
import { ProblemError } from "../failures/problems";
import type { Change } from "./change";

/** Whose something is, or would be; `what` begins the sentence of the refusal. */
export interface Owned {
  readonly what: string;
  readonly managedBy: string | null;
}

/**
 * Keeps an actor that is bound to owners to what they own.
 *
 * @throws ProblemError `forbidden` naming the owner that is there and the prefix.
 */
export function assertOwned(change: Change, { what, managedBy }: Owned): void {
  const { name, ownerPrefix } = change.actor;
  if (ownerPrefix === null || managedBy?.startsWith(ownerPrefix)) return;
  const owner = managedBy === null ? "nobody" : quoted(managedBy);
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
