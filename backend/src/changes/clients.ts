import type { Transaction } from "kysely";
import { makeIdentifier } from "../credentials/identifiers";
import type { Schema } from "../database/schema";
import { inTransaction, isOfMissingRow } from "../database/transaction";
import { insertAudit } from "../store/audit";
import {
  type ClientKey,
  type ClientRow,
  type ClientView,
  findClientByName,
  insertClient,
  lockClientOfOwner,
  updateClient,
} from "../store/clients";
import { findLiveCredentials, lockLiveCredentials, revokeCredentials } from "../store/credentials";
import { findGrant, type GrantRow } from "../store/grants";
import { assertMayArm } from "./ceiling";
import { auditOf, type Change, changedFields, mergedChanges } from "./change";
import { type ClientFields, type NewClient, pickColumns } from "./client-fields";
import { assertFree, type LockedClient, lockExpected } from "./locked-client";
import { assertOwned, assertOwnedOrFree } from "./ownership";
import { type KeysPlan, type PublicKeys, planKeys, readPublicKeys, writeKeys } from "./public-keys";
import { grantOwnedElsewhere, nameOf, nameTaken, ownerConflict, projectNotFound } from "./refusals";
import type { Expected } from "./revisions";
import { armsSecrets, makeClientSecret, planSecrets, type SecretsPlan, writeSecrets } from "./secrets";
import { isInterruptedCreate } from "./take-over";

/** A client after a change, and the secret that the change created, which cannot be read again. */
export interface ChangedClient {
  readonly client: ClientView;
  readonly secret: string | null;
}

/** A client that a create made, or found after an interrupted create. */
export interface MadeClient extends ChangedClient {
  readonly takenOver: boolean;
}

/** Creates a client, or gives a fresh secret to the one that an interrupted create of the same owner left behind. */
export async function createClient(change: Change, wanted: NewClient): Promise<MadeClient> {
  const { project, name, managedBy = null, publicKeys = {} } = wanted;
  const keys = readPublicKeys(publicKeys);
  assertOwned(change, { what: "the new client would belong", managedBy });
  return inTransaction(change.database.db, async (transaction) => {
    // In this order, the second look-up finds the client of a create of the same owner that ends between the two.
    const holder = await findClientByName(transaction, project, name);
    const owned = managedBy === null ? null : await lockClientOfOwner(transaction, project, managedBy);
    if (holder !== null && holder.id !== owned?.id) throw nameTaken(holder);
    if (owned === null) return makeClient({ transaction, change, keys }, wanted);
    if (!(await isInterruptedCreate(transaction, change, owned))) throw ownerConflict(owned);
    const credentials = await lockLiveCredentials(transaction, owned.id);
    const taken = await takeOver({ transaction, change, client: owned, credentials }, wanted, keys);
    // A create that was stuck until its caller gave up must not end the secret of the next create.
    if (await change.isAbandoned?.()) throw ownerConflict(owned);
    return taken;
  });
}

/** Changes a client; writes only the fields that differ. */
export async function changeClient(
  change: Change,
  expected: Expected<ClientKey>,
  fields: ClientFields,
): Promise<ChangedClient> {
  const { publicKeys, secretVersion, secretOverlap, ...columns } = fields;
  const keys = publicKeys === undefined ? null : readPublicKeys(publicKeys);
  return inTransaction(change.database.db, async (transaction) => {
    const locked = await lockExpected(transaction, change, expected);
    const { client } = locked;
    assertMayChange(change, client, columns.managedBy);
    const own = changedFields(client, columns);
    const secretsPlan = await planSecrets(locked, { secretVersion, secretOverlap });
    const keysPlan = keys === null ? null : planKeys(locked, keys);
    await assertMayGive(locked, { managedBy: columns.managedBy, secretsPlan, keysPlan });
    if (own.after === null && secretsPlan === null && keysPlan === null) return withCredentials(locked, client, null);
    if (own.after !== null) await assertFree(transaction, client, own.after);
    const changed = await updateClient(transaction, client.id, {
      ...own.after,
      secretVersion: secretsPlan?.version ?? client.secretVersion,
      revision: client.revision + 1,
      updatedBy: change.actor.name,
      updatedTime: change.time,
    });
    const secret = secretsPlan === null ? null : await writeSecrets(locked, secretsPlan);
    if (keysPlan !== null) await writeKeys(locked, keysPlan);
    await insertAudit(
      transaction,
      auditOf(change, {
        action: secretsPlan?.replaces ? "client.reissue-secret" : "client.update",
        ...targetOf(changed),
        revision: changed.revision,
        ...mergedChanges(own, secretsPlan?.fields, keysPlan?.fields),
      }),
    );
    return withCredentials(locked, changed, secret);
  });
}

/** What a delete may end besides the client. */
export interface DeleteLimits {
  /** The start of the owners whose permissions it may end; undefined for any. */
  readonly grantOwnerPrefix?: string | undefined;
}

/** A client as it was deleted, and the grant that ended with it: null if it had none. */
export interface DeletedClient extends ClientView {
  readonly grant: GrantRow | null;
}

/** Deletes a client: revokes its credentials and frees its name; its rows and its audit trail stay. */
export function deleteClient(
  change: Change,
  expected: Expected<ClientKey>,
  { grantOwnerPrefix }: DeleteLimits = {},
): Promise<DeletedClient> {
  return inTransaction(change.database.db, async (transaction) => {
    const { client, credentials } = await lockExpected(transaction, change, expected);
    assertOwned(change, { what: `${nameOf(client)} belongs`, managedBy: client.managedBy });
    const grant = await findGrant(transaction, client.id);
    if (grantOwnerPrefix !== undefined) assertGrantedBy(grantOwnerPrefix, client, grant);
    const deleted = await updateClient(transaction, client.id, {
      deletedTime: change.time,
      deletedBy: change.actor.name,
    });
    await revokeCredentials(transaction, { client: client.id }, change.time);
    const keys = credentials.flatMap(({ label, fingerprint }) => (label === null ? [] : [[label, fingerprint]]));
    const before = {
      ...pickColumns(client),
      ...(keys.length > 0 && { publicKeys: Object.fromEntries(keys) }),
      permissions: grant?.permissions ?? [],
    };
    await insertAudit(
      transaction,
      auditOf(change, { action: "client.delete", ...targetOf(client), revision: null, before, after: null }),
    );
    return { ...deleted, credentials: await findLiveCredentials(transaction, client.id, change.time), grant };
  });
}

/** What the creation of a client needs: its change, and its keys, already parsed. */
interface Making {
  readonly transaction: Transaction<Schema>;
  readonly change: Change;
  readonly keys: PublicKeys;
}

async function makeClient({ transaction, change, keys }: Making, wanted: NewClient): Promise<MadeClient> {
  const { project } = wanted;
  const { name: actor } = change.actor;
  const client = await insertClient(transaction, {
    id: makeIdentifier("xpc"),
    project,
    ...pickColumns(wanted),
    revision: 1,
    createdBy: actor,
    createdTime: change.time,
    updatedBy: actor,
    updatedTime: change.time,
  }).catch((error: unknown) => {
    throw isOfMissingRow(error) ? projectNotFound(project) : error;
  });
  const locked = { transaction, change, client, credentials: [] };
  const secret = await giveSecret(locked);
  const keysPlan = planKeys(locked, keys);
  if (keysPlan !== null) await writeKeys(locked, keysPlan);
  const after = { ...pickColumns(client), ...keysPlan?.fields.after };
  await insertAudit(
    transaction,
    auditOf(change, { action: "client.create", ...targetOf(client), revision: 1, before: null, after }),
  );
  return { ...(await withCredentials(locked, client, secret)), takenOver: false };
}

interface ArmingParts {
  readonly managedBy: string | null | undefined;
  readonly secretsPlan: SecretsPlan | null;
  readonly keysPlan: KeysPlan | null;
}

/** Looks at the ceiling of a change that gives the client a credential, lets one live longer, or gives the client to an owner. */
async function assertMayGive({ transaction, change, client }: LockedClient, parts: ArmingParts): Promise<void> {
  const { managedBy, secretsPlan, keysPlan } = parts;
  const isTaken = managedBy !== undefined && managedBy !== null && managedBy !== client.managedBy;
  const isArmed = (secretsPlan !== null && armsSecrets(secretsPlan)) || (keysPlan?.adds.size ?? 0) > 0;
  if (isTaken || isArmed) await assertMayArm(change, transaction, client);
}

/** Gives the client what the request asks for; a field that differs is a change and counts as a revision. */
async function takeOver(locked: LockedClient, wanted: NewClient, keys: PublicKeys): Promise<MadeClient> {
  const { transaction, change, client: owned } = locked;
  await assertMayArm(change, transaction, owned);
  const own = changedFields(owned, pickColumns(wanted));
  const keysPlan = planKeys(locked, keys);
  const { before, after } = mergedChanges(own, keysPlan?.fields);
  const client =
    after === null
      ? owned
      : await updateClient(transaction, owned.id, {
          ...own.after,
          revision: owned.revision + 1,
          madeRevision: owned.revision + 1,
          updatedBy: change.actor.name,
          updatedTime: change.time,
        });
  await revokeCredentials(transaction, { client: owned.id, kind: "secret" }, change.time);
  const secret = await giveSecret({ ...locked, client });
  if (keysPlan !== null) await writeKeys(locked, keysPlan);
  const revision = after === null ? null : client.revision;
  await insertAudit(
    transaction,
    auditOf(change, { action: "client.take-over", ...targetOf(client), revision, before, after }),
  );
  return { ...(await withCredentials(locked, client, secret)), takenOver: true };
}

async function giveSecret({ transaction, change, client }: LockedClient): Promise<string | null> {
  const { id, secretVersion } = client;
  return secretVersion === 0 ? null : makeClientSecret(transaction, change, { client: id, version: secretVersion });
}

async function withCredentials(
  { transaction, change }: LockedClient,
  client: ClientRow,
  secret: string | null,
): Promise<ChangedClient> {
  const credentials = await findLiveCredentials(transaction, client.id, change.time);
  return { client: { ...client, credentials }, secret };
}

/** @throws ProblemError `owner_conflict` when the client has permissions whose owner does not begin with the prefix. */
function assertGrantedBy(prefix: string, client: ClientRow, grant: GrantRow | null): void {
  const owner = grant?.managedBy ?? null;
  if (grant === null || owner === null || grant.permissions.length === 0 || owner.startsWith(prefix)) return;
  throw grantOwnedElsewhere(client, { ...grant, managedBy: owner });
}

/** An actor that is bound to owners may take an unowned client, but must not leave one without an owner. */
function assertMayChange(change: Change, client: ClientRow, managedBy: string | null | undefined): void {
  const after = managedBy === undefined ? client.managedBy : managedBy;
  assertOwnedOrFree(change, { what: `${nameOf(client)} belongs`, managedBy: client.managedBy });
  assertOwned(change, { what: `${nameOf(client)} would belong`, managedBy: after });
}

function targetOf(client: ClientRow) {
  const { id, name, project, managedBy } = client;
  return { targetType: "client", targetId: id, targetName: name, project, client: id, managedBy };
}
