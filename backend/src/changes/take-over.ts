import { DAY_MS } from "xtremepush-access/schemas";
import type { Connection } from "../database/transaction";
import type { ClientRow } from "../store/clients";
import { lockLiveCredentials } from "../store/credentials";
import type { Change } from "./change";

/**
 * Checks whether a client looks like the result of a create whose answer never arrived: unchanged since it was created (or
 * taken over by another such create) less than a day ago by the same actor, and never used. The caller must hold its lock.
 */
export async function isInterruptedCreate(db: Connection, change: Change, client: ClientRow): Promise<boolean> {
  if (client.createdBy !== change.actor.name || client.lastUsedTime !== null) return false;
  if (change.time.getTime() - client.createdTime.getTime() >= DAY_MS) return false;
  if (client.revision !== client.madeRevision) return false;
  const credentials = await lockLiveCredentials(db, client.id);
  return credentials.every(({ firstUsedTime }) => firstUsedTime === null);
}
