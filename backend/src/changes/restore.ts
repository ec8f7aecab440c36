import type { Transaction } from "kysely";
import { restorableUntil } from "xtremepush-access/rules";
import type { Schema } from "../database/schema";
import { inTransaction } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import { insertAudit } from "../store/audit";
import { type ClientKey, type ClientRow, type ClientView, lockClientEver, updateClient } from "../store/clients";
import { findLiveCredentials } from "../store/credentials";
import { findGrant, saveGrant } from "../store/grants";
import { assertWithinCeiling } from "./ceiling";
import { auditOf, type Change, changedFields } from "./change";
import { assertFree } from "./locked-client";
import { assertOwned, assertOwnedOrFree } from "./ownership";
import { clientNotFound, conflictingClient, nameOf } from "./refusals";

/** The name and the owner of a restored client. */
export interface Restore {
  /** Undefined keeps the name that it had. */
  readonly name: string | undefined;
  /** Undefined and null are none. */
  readonly managedBy: string | null | undefined;
}

/**
 * Restores a deleted client, without credentials; a live one does not change.
 *
 * @throws ProblemError `client_not_deleted` when a live one has another name or owner than the request asks for.
 */
export function restoreClient(change: Change, key: ClientKey, wanted: Restore): Promise<ClientView> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockClientEver(transaction, key);
    if (client === null) throw await clientNotFound(transaction, key, change.time);
    const { deletedTime } = client;
    if (deletedTime === null) {
      assertAlreadyWanted(client, wanted);
      return { ...client, credentials: await findLiveCredentials(transaction, client.id, change.time) };
    }
    if (restorableUntil(deletedTime) <= change.time) throw await clientNotFound(transaction, key, change.time);
    const { name = client.name, managedBy = null } = wanted;
    assertOwnedOrFree(change, { what: `${nameOf(client)} belonged`, managedBy: client.managedBy });
    assertOwned(change, { what: `${nameOf(client)} would belong`, managedBy });
    await assertFree(transaction, client, { name, managedBy });
    const restored = await updateClient(transaction, client.id, {
      ...{ name, managedBy, deletedTime: null, deletedBy: null },
      ...{ revision: client.revision + 1, updatedBy: change.actor.name, updatedTime: change.time },
    });
    const { before, after } = changedFields(client, { name, managedBy });
    await insertAudit(
      transaction,
      auditOf(change, {
        action: "client.restore",
        targetType: "client",
        ...targetOf(restored),
        managedBy,
        revision: restored.revision,
        before: { deletedTime: deletedTime.toISOString(), ...before },
        after: { deletedTime: null, ...after },
      }),
    );
    await restoreGrant(transaction, change, restored);
    return { ...restored, credentials: await findLiveCredentials(transaction, client.id, change.time) };
  });
}

/** Checks whether the client was restored like this before: a repeat changes nothing, and another request must fail. */
function assertAlreadyWanted(client: ClientRow, { name, managedBy }: Restore): void {
  const differs =
    (name !== undefined && name !== client.name) || (managedBy !== undefined && managedBy !== client.managedBy);
  if (!differs) return;
  throw new ProblemError(
    "client_not_deleted",
    `${nameOf(client)} is not deleted, so its name and its owner stay as they are; change them with PATCH`,
    { current: conflictingClient(client) },
  );
}

/** Restores the grant without an owner; its new revision makes earlier readers read it again. */
async function restoreGrant(transaction: Transaction<Schema>, change: Change, client: ClientRow): Promise<void> {
  const grant = await findGrant(transaction, client.id);
  if (grant === null) return;
  assertOwnedOrFree(change, { what: `the grant of ${nameOf(client)} belonged`, managedBy: grant.managedBy });
  assertWithinCeiling(change, `this would give ${nameOf(client)}`, grant.permissions);
  const restored = await saveGrant(transaction, {
    ...grant,
    managedBy: null,
    revision: grant.revision + 1,
    updatedBy: change.actor.name,
    updatedTime: change.time,
  });
  const { before, after } = changedFields(grant, { managedBy: null });
  await insertAudit(
    transaction,
    auditOf(change, {
      action: "grant.restore",
      targetType: "grant",
      ...targetOf(client),
      managedBy: null,
      revision: restored.revision,
      before,
      after,
    }),
  );
}

function targetOf({ id, name, project }: ClientRow) {
  return { targetId: id, targetName: name, project, client: id };
}
