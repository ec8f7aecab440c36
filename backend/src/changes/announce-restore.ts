import { makeIdentifier } from "../credentials/identifiers";
import type { Database } from "../database/open";
import { inTransaction } from "../database/transaction";
import { insertAudit } from "../store/audit";
import { EMPTY, findBackend, raiseEpoch } from "../store/backend";
import { type EndedClient, endSecrets, type LiveAt, lockClientsWithSecrets } from "../store/live-access";
import { endActor } from "./actors";
import { auditOf, type Change, commandActor } from "./change";

/** What an operator ends after a restore of the database. */
export interface AnnouncedRestore extends LiveAt {
  /** Ends the secrets that work, of those made by `madeUntil`. */
  readonly endsSecrets: boolean;
  /** The IDs of the actors to revoke. */
  readonly revokes: readonly string[];
}

/** What was done. */
export interface RestoreAnnounced {
  readonly epoch: number;
  readonly endedSecrets: number;
}

/** How many clients one transaction locks. */
const BATCH = 500;

/**
 * Gives a restored database another epoch, so that every state of before is refused until it was refreshed, and ends what the
 * operator asks for. The epoch comes first: after a kill, the command can run again.
 *
 * @throws ProblemError `last_admin` when no admin would be left.
 */
export async function announceRestore(database: Database, restore: AnnouncedRestore): Promise<RestoreAnnounced> {
  const backend = await findBackend(database.db);
  if (backend === null) throw new Error(EMPTY);
  const change: Change = {
    database,
    actor: commandActor(backend.id, "admin restored"),
    requestId: makeIdentifier("xpr"),
    time: restore.now,
  };
  const epoch = await changeEpoch(change);
  for (const id of restore.revokes) await endActor(change, id);
  return { epoch, endedSecrets: restore.endsSecrets ? await endAllSecrets(change, restore) : 0 };
}

function changeEpoch(change: Change): Promise<number> {
  return inTransaction(change.database.db, async (transaction) => {
    const before = await findBackend(transaction);
    const { id, epoch } = await raiseEpoch(transaction, change.time);
    await insertAudit(
      transaction,
      auditOf(change, {
        ...{ action: "backend.restored", targetType: "backend", targetId: id, targetName: null },
        ...{ project: null, client: null, managedBy: null },
        before: { epoch: before?.epoch ?? null },
        after: { epoch },
      }),
    );
    return epoch;
  });
}

/** Ends secrets in batches, because one transaction over all clients would hold up every token and outlast a statement's limit. */
async function endAllSecrets(change: Change, at: LiveAt): Promise<number> {
  let ended = 0;
  for (let after: string | undefined = ""; after !== undefined; ) {
    const batch = await endBatch(change, { ...at, after });
    after = batch.last;
    ended += batch.ended;
  }
  return ended;
}

/** Ends the secrets of the next clients by ID; without a last one, there are no more. */
function endBatch(
  change: Change,
  at: LiveAt & { readonly after: string },
): Promise<{ readonly last: string | undefined; readonly ended: number }> {
  return inTransaction(change.database.db, async (transaction) => {
    const ids = await lockClientsWithSecrets(transaction, { ...at, limit: BATCH });
    const clients = await endSecrets(transaction, ids, { ...at, by: change.actor.name });
    for (const client of clients) await insertAudit(transaction, auditOf(change, entryOf(client)));
    return { last: ids.at(-1), ended: clients.reduce((sum, { versions }) => sum + versions.length, 0) };
  });
}

function entryOf({ id, name, project, managedBy, revision, versions }: EndedClient) {
  return {
    ...{ action: "client.end-secrets", targetType: "client", targetId: id, targetName: name },
    ...{ project, client: id, managedBy, revision },
    before: { liveSecrets: versions },
    after: { liveSecrets: [] },
  };
}
