import { isDeliveryCurrent } from "xtremepush-access/rules";
import { makeIdentifier } from "../credentials/identifiers";
import { type Connection, inTransaction } from "../database/transaction";
import { insertAudit } from "../store/audit";
import { type ClientKey, type ClientRow, lockClient } from "../store/clients";
import { findLiveCredentials } from "../store/credentials";
import { type DeliveryRow, findDelivery, insertDelivery, removeDelivery, updateDelivery } from "../store/deliveries";
import { auditOf, type Change, changedFields, type FieldChanges } from "./change";
import { assertOwnedOrFree } from "./ownership";
import { clientNotFound, nameOf } from "./refusals";

/** What was delivered, and where. */
export type DeliveredCredential = Pick<
  DeliveryRow,
  "environment" | "destination" | "place" | "settings" | "names" | "secretVersion"
>;

/**
 * Remembers a delivery. Of a version that is already there, the time stays the first one. Without names, those that are known stay:
 * a caller of an earlier version does not say them, nor does a call through a replica of one.
 */
export function rememberDelivery(change: Change, key: ClientKey, wanted: DeliveredCredential): Promise<DeliveryRow> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockClient(transaction, key);
    if (client === null) throw await clientNotFound(transaction, key, change.time);
    assertMayRemember(change, client);
    const address = { client: client.id, ...wanted };
    const before = await findDelivery(transaction, address);
    const audit = (delivery: DeliveryRow, fields: FieldChanges) =>
      insertAudit(transaction, auditOf(change, { action: "delivery.put", ...targetOf(client, delivery), ...fields }));
    if (before === null) {
      const delivery = await insertDelivery(transaction, {
        id: makeIdentifier("xpd"),
        ...address,
        ...deliveredNow(change, wanted),
        names: JSON.stringify(wanted.names),
        createdTime: change.time,
      });
      await audit(delivery, { before: null, after: fieldsOf(delivery) });
      return delivery;
    }
    const { secretVersion } = wanted;
    const names = wanted.names.length === 0 ? before.names : wanted.names;
    const fields = changedFields(
      { secretVersion: before.secretVersion, names: before.names },
      { secretVersion, names },
    );
    const isThere = before.secretVersion === secretVersion && (await isOfSecret(transaction, before, change.time));
    if (isThere && fields.after === null) return before;
    const delivery = await updateDelivery(transaction, before.id, {
      ...(isThere ? {} : deliveredNow(change, wanted)),
      names: JSON.stringify(names),
    });
    if (fields.after !== null) await audit(delivery, fields);
    return delivery;
  });
}

/** Whether a delivery brought the secret that has its version now: another one may have taken the place of an unused one. */
async function isOfSecret(db: Connection, delivery: DeliveryRow, time: Date): Promise<boolean> {
  const { secrets } = await findLiveCredentials(db, delivery.client, time);
  const made = secrets.map(({ version, createdTime }) => ({ version, createdTime: new Date(createdTime) }));
  return isDeliveryCurrent({ secretVersion: delivery.secretVersion ?? 0, secrets: made }, delivery);
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

function fieldsOf({ environment, destination, place, names, secretVersion }: DeliveryRow) {
  return { environment, destination, place, names, secretVersion };
}

function targetOf({ id: client, name, project, managedBy }: ClientRow, { id }: DeliveryRow) {
  return { targetType: "delivery", targetId: id, targetName: name, project, client, managedBy, revision: null };
}
