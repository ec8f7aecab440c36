import type { Transaction } from "kysely";
import type { Schema } from "../database/schema";
import { inTransaction } from "../database/transaction";
import { makeIdentifier } from "../identifiers";
import { ProblemError } from "../problems";
import { type Expected, expectRevision } from "../revisions";
import { hashSecret, makeSecret } from "../secrets";
import { insertAudit } from "../store/audit";
import {
  type ClientKey,
  type ClientRow,
  findClientByName,
  insertClient,
  lockClient,
  lockClientOfOwner,
  updateClient,
} from "../store/clients";
import { insertCredential, revokeCredentials } from "../store/credentials";
import { findGrant } from "../store/grants";
import { findProject } from "../store/projects";
import { auditOf, type Change, changedFields } from "./change";
import { clientNotFound, clientObstacle, projectNotFound } from "./refusals";
import { isInterruptedCreate } from "./take-over";

/** What a program asks of a new client; 0 is no secret. */
export interface NewClient {
  readonly project: string;
  readonly name: string;
  readonly description: string | null;
  readonly managedBy: string | null;
  readonly secretVersion: number;
}

/** A client that was made, and its secret, which nobody can read again. */
export interface MadeClient {
  readonly client: ClientRow;
  readonly secret: string | null;
  readonly takenOver: boolean;
}

/** Makes a client, or gives the one that an interrupted create of the same owner left behind a fresh secret. */
export function createClient(change: Change, wanted: NewClient): Promise<MadeClient> {
  return inTransaction(change.database.db, async (transaction) => {
    const { project, name, managedBy } = wanted;
    // In this order: a create of the same owner that ends between the two look-ups is found as its owner's client.
    const holder = await findClientByName(transaction, project, name);
    const owned = managedBy === null ? null : await lockClientOfOwner(transaction, project, managedBy);
    if (holder !== null && holder.id !== owned?.id) throw nameTaken(holder);
    if (owned === null) return makeClient(transaction, change, wanted);
    if (await isInterruptedCreate(transaction, change, owned)) return takeOver({ transaction, change, owned }, wanted);
    throw new ProblemError(
      "owner_conflict",
      `${owned.managedBy} already has the client ${owned.id}, ${JSON.stringify(owned.name)}, in ${owned.project}; ` +
        "one owner has one client: delete that one, or use another owner",
      { current: clientObstacle(owned) },
    );
  });
}

/** Fields of a client to set; undefined leaves one as it is. */
export interface ClientFields {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly managedBy?: string | null | undefined;
}

/** Changes a client; the fields that it has already are not written again. */
export function changeClient(change: Change, expected: Expected<ClientKey>, fields: ClientFields): Promise<ClientRow> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockExpected(transaction, expected);
    const { before, after } = changedFields(client, fields);
    if (after === null) return client;
    if (after.name !== undefined) await assertNameFree(transaction, client, after.name);
    if (typeof after.managedBy === "string") await assertOwnerFree(transaction, client, after.managedBy);
    const changed = await updateClient(transaction, client.id, {
      ...after,
      revision: client.revision + 1,
      updatedBy: change.actor.name,
      updatedTime: change.time,
    });
    await insertAudit(transaction, auditOf(change, { action: "client.update", ...targetOf(changed), before, after }));
    return changed;
  });
}

/** Deletes a client: its credentials die with it, its name is free again, its rows and its record stay. */
export function deleteClient(change: Change, expected: Expected<ClientKey>): Promise<void> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockExpected(transaction, expected);
    const grant = await findGrant(transaction, client.id);
    await updateClient(transaction, client.id, { deletedTime: change.time, deletedBy: change.actor.name });
    await revokeCredentials(transaction, client.id, change.time);
    const before = { ...shown(client), permissions: grant?.permissions ?? [] };
    await insertAudit(
      transaction,
      auditOf(change, { action: "client.delete", ...targetOf(client), before, after: null }),
    );
  });
}

async function makeClient(transaction: Transaction<Schema>, change: Change, wanted: NewClient): Promise<MadeClient> {
  if ((await findProject(transaction, wanted.project)) === null) throw projectNotFound(wanted.project);
  const { name: actor } = change.actor;
  const client = await insertClient(transaction, {
    id: makeIdentifier("xpc"),
    ...wanted,
    revision: 1,
    createdBy: actor,
    createdTime: change.time,
    updatedBy: actor,
    updatedTime: change.time,
  });
  const secret = await giveSecret(transaction, change, client);
  await insertAudit(
    transaction,
    auditOf(change, { action: "client.create", ...targetOf(client), before: null, after: shown(client) }),
  );
  return { client, secret, takenOver: false };
}

interface TakeOver {
  readonly transaction: Transaction<Schema>;
  readonly change: Change;
  readonly owned: ClientRow;
}

/** The answer has what was asked for; a field that differs is a change like any other and counts as a revision. */
async function takeOver({ transaction, change, owned }: TakeOver, wanted: NewClient): Promise<MadeClient> {
  const { name, description, secretVersion } = wanted;
  const { before, after } = changedFields(owned, { name, description, secretVersion });
  const client =
    after === null
      ? owned
      : await updateClient(transaction, owned.id, {
          ...after,
          revision: owned.revision + 1,
          updatedBy: change.actor.name,
          updatedTime: change.time,
        });
  await revokeCredentials(transaction, owned.id, change.time);
  const secret = await giveSecret(transaction, change, client);
  await insertAudit(transaction, auditOf(change, { action: "client.take-over", ...targetOf(client), before, after }));
  return { client, secret, takenOver: true };
}

async function giveSecret(transaction: Transaction<Schema>, change: Change, client: ClientRow): Promise<string | null> {
  if (client.secretVersion === 0) return null;
  const secret = makeSecret("xpcs");
  await insertCredential(transaction, {
    id: makeIdentifier("xpk"),
    client: client.id,
    kind: "secret",
    version: client.secretVersion,
    secretHash: hashSecret(secret),
    createdBy: change.actor.id,
    createdTime: change.time,
  });
  return secret;
}

async function lockExpected(transaction: Transaction<Schema>, expected: Expected<ClientKey>): Promise<ClientRow> {
  const client = await lockClient(transaction, expected.key);
  if (client === null) throw await clientNotFound(transaction, expected.key);
  expectRevision(expected, clientObstacle(client));
  return client;
}

async function assertNameFree(transaction: Transaction<Schema>, client: ClientRow, name: string): Promise<void> {
  const holder = await findClientByName(transaction, client.project, name);
  if (holder !== null && holder.id !== client.id) throw nameTaken(holder);
}

function nameTaken(holder: ClientRow): ProblemError {
  return new ProblemError(
    "name_taken",
    `the name ${JSON.stringify(holder.name)} is taken in ${holder.project} by the client ${holder.id}; choose another`,
    { current: clientObstacle(holder) },
  );
}

async function assertOwnerFree(transaction: Transaction<Schema>, client: ClientRow, managedBy: string): Promise<void> {
  const holder = await lockClientOfOwner(transaction, client.project, managedBy);
  if (holder === null || holder.id === client.id) return;
  throw new ProblemError(
    "owner_conflict",
    `${managedBy} already has the client ${holder.id}, ${JSON.stringify(holder.name)}, in ${holder.project}; ` +
      "one owner has one client: delete that one, or use another owner",
    { current: clientObstacle(holder) },
  );
}

function targetOf(client: ClientRow) {
  const { id, name, project, managedBy } = client;
  return { targetType: "client", targetId: id, targetName: name, project, client: id, managedBy };
}

function shown({ name, description, managedBy, secretVersion }: ClientRow) {
  return { name, description, managedBy, secretVersion };
}
