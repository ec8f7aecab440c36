import { aboveCeiling } from "xtremepush-access/rules";
import { word } from "xtremepush-access/text";
import type { Connection } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import type { ClientRow } from "../store/clients";
import { findGrant } from "../store/grants";
import type { Change } from "./change";
import { nameOf } from "./refusals";

/** The part of a change that the ceiling of its actor depends on. */
type Bound = Pick<Change, "actor">;

/**
 * Refuses an actor what would give anybody a permission above its ceiling.
 *
 * @param what - begins the sentence of the refusal, as in "this would give the client … ".
 * @throws ProblemError `above_ceiling`, which lists the permissions.
 */
export function assertWithinCeiling({ actor }: Bound, what: string, permissions: readonly string[]): void {
  const above = aboveCeiling(actor.ceiling, permissions);
  if (above.length === 0) return;
  throw new ProblemError(
    "above_ceiling",
    `${what} what is above the ceiling of the actor ${word(actor.name)}: ${above.join(", ")}; ` +
      "leave it out, or let an actor do it whose ceiling allows it",
    { permissions: above },
  );
}

/**
 * Refuses an actor to arm a client, or to take it, whose permissions are above its ceiling: with a new secret or key it
 * could do itself what it may not grant. The caller must hold the lock of the client.
 */
export async function assertMayArm(change: Change, db: Connection, client: ClientRow): Promise<void> {
  if (change.actor.ceiling === null) return;
  const grant = await findGrant(db, client.id);
  assertWithinCeiling(change, `${nameOf(client)} may do`, grant?.permissions ?? []);
}
