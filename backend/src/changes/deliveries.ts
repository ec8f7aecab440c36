import { isDeliveryCurrent } from "xtremepush-access/rules";
import { makeIdentifier } from "../credentials/identifiers";
import { inTransaction } from "../database/transaction";
import { insertAudit } from "../store/audit";
import { type ClientKey, type ClientRow, lockClient } from "../store/clients";
import { findLiveCredentials } from "../store/credentials";
import { type DeliveryRow, findDelivery, insertDelivery, removeDelivery, updateDelivery } from "../store/deliveries";
import { auditOf, type Change, changedFields } from "./change";
import { assertOwnedOrFree } from "./ownership";
import { clientNotFound, nameOf } from "./refusals";

/** What was delivered, and where. */
export type DeliveredCredential = Pick<
  DeliveryRow,
  "environment" | "destination" | "place" | "settings" | "names" | "secretVersion"
>;

/** Remembers a delivery. Of a version that is already there, nothing changes: the time stays the first one. */
export function rememberDelivery(change: Change, key: ClientKey, wanted: DeliveredCredential): Promise<DeliveryRow> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockClient(transaction, key);
    if (client === null) throw await clientNotFound(transaction, key, change.time);
    assertMayRemember(change, client);
    const address = { client: client.id, ...wanted };
    const before = await findDelivery(transaction, address);
    if (before !== null && before.secretVersion === wanted.secretVersion) {
      const { secrets } = await findLiveCredentials(transaction, client.id, change.time);
      // Another secret may have the same version by now, in place of an unused one.
      const made = secrets.map(({ version, createdTime }) => ({ version, createdTime: new Date(createdTime) }));
      if (!isDeliveryCurrent({ secretVersion: wanted.secretVersion ?? 0, secrets: made }, before)) {
        return updateDelivery(transaction, before.id, deliveredNow(change, wanted));
      }
      return before;
    }
    const delivery =
      before === null
        ? await insertDelivery(transaction, {
            id: makeIdentifier("xpd"),
            ...address,
            ...deliveredNow(change, wanted),
            names: JSON.stringify(wanted.names),
            createdTime: change.time,
          })
        : await updateDelivery(transaction, before.id, deliveredNow(change, wanted));
    const { secretVersion } = wanted;
    const fields =
      before === null
        ? { before: null, after: fieldsOf(delivery) }
        : changedFields({ secretVersion: before.secretVersion }, { secretVersion });
    await insertAudit(
      transaction,
      auditOf(change, { action: "delivery.put", ...targetOf(client, delivery), ...fields }),
    );
    return delivery;
  });
}

/** Forgets a delivery; one that is not there is forgotten already. */
export function forgetDelivery(change: Change, key: ClientKey, id: string): Promise<void> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockClient(transaction, key);
    if (client === null) throw await clientNotFound(transaction, key, change.time);
    assertMayRemember(change, client);
    const delivery = await removeDelivery(transaction, client.id, id);
    if (delivery === null) return;
    const fields = { before: fieldsOf(delivery), after: null };
    await insertAudit(
      transaction,
      auditOf(change, { action: "delivery.delete", ...targetOf(client, delivery), ...fields }),
    );
  });
}

/** What is remembered decides when a secret ends, so it is up to those who may change the client. */
function assertMayRemember(change: Change, client: ClientRow): void {
  assertOwnedOrFree(change, { what: `${nameOf(client)} belongs`, managedBy: client.managedBy });
}

function deliveredNow({ actor, time }: Change, { secretVersion }: DeliveredCredential) {
  return { secretVersion, deliveredBy: actor.name, deliveredTime: time };
}

function fieldsOf({ environment, destination, place, secretVersion }: DeliveryRow) {
  return { environment, destination, place, secretVersion };
}

function targetOf({ id: client, name, project, managedBy }: ClientRow, { id }: DeliveryRow) {
  return { targetType: "delivery", targetId: id, targetName: name, project, client, managedBy, revision: null };
}
