import { sortPermissions } from "xtremepush-access/catalog";
import { inTransaction } from "../database/transaction";
import { insertAudit } from "../store/audit";
import { type ClientAndGrant, type ClientKey, type ClientRow, lockClient } from "../store/clients";
import { findGrant, type GrantRow, saveGrant } from "../store/grants";
import { assertWithinCeiling } from "./ceiling";
import { auditOf, type Change, changedFields } from "./change";
import { assertOwned, assertOwnedOrFree } from "./ownership";
import { clientNotFound, conflictingGrant, nameOf } from "./refusals";
import { type Expected, expectRevision } from "./revisions";

/** The whole set of permissions for a client; `managedBy` undefined keeps the owner. */
export interface WantedGrant {
  readonly permissions: readonly string[];
  readonly managedBy: string | null | undefined;
}

/** Replaces the grant of a client. The returned grant is null when it was never set and is not set now. */
export function changeGrant(
  change: Change,
  expected: Expected<ClientKey>,
  wanted: WantedGrant,
): Promise<ClientAndGrant> {
  return inTransaction(change.database.db, async (transaction) => {
    const client = await lockClient(transaction, expected.key);
    if (client === null) throw await clientNotFound(transaction, expected.key, change.time);
    const grant = await findGrant(transaction, client.id);
    expectRevision(expected, conflictingGrant(client, grant));
    assertMayChange({ change, client, grant }, wanted);
    const current = { permissions: sortPermissions(grant?.permissions ?? []), managedBy: grant?.managedBy ?? null };
    assertWithinCeiling(change, `this would give ${nameOf(client)}`, caused(current, wanted));
    const { before, after } = changedFields<GrantFields>(current, wanted);
    if (after === null) return { client, grant };
    const saved = await saveGrant(transaction, {
      client: client.id,
      permissions: [...wanted.permissions],
      managedBy: wanted.managedBy === undefined ? current.managedBy : wanted.managedBy,
      revision: (grant?.revision ?? 0) + 1,
      createdBy: change.actor.name,
      createdTime: change.time,
      updatedBy: change.actor.name,
      updatedTime: change.time,
    });
    await insertAudit(
      transaction,
      auditOf(change, {
        action: "grant.update",
        ...targetOf(client),
        managedBy: saved.managedBy,
        revision: saved.revision,
        before,
        after,
      }),
    );
    return { client, grant: saved };
  });
}

interface GrantFields {
  readonly permissions: readonly string[];
  readonly managedBy: string | null;
}

/** What a change gives: what it adds and, for a new owner, all that it leaves. */
function caused(current: GrantFields, { permissions, managedBy }: WantedGrant): readonly string[] {
  const isTaken = managedBy !== undefined && managedBy !== null && managedBy !== current.managedBy;
  return isTaken ? permissions : permissions.filter((permission) => !current.permissions.includes(permission));
}

interface GrantChange {
  readonly change: Change;
  readonly client: ClientRow;
  readonly grant: GrantRow | null;
}

/** An actor that is bound to owners may leave a grant without an owner only when it empties one of its own. */
function assertMayChange({ change, client, grant }: GrantChange, wanted: WantedGrant): void {
  const before = grant?.managedBy ?? null;
  const after = wanted.managedBy === undefined ? before : wanted.managedBy;
  const what = `the grant of ${nameOf(client)}`;
  assertOwnedOrFree(change, { what: `${nameOf(client)} belongs`, managedBy: client.managedBy });
  assertOwnedOrFree(change, { what: `${what} belongs`, managedBy: before });
  const givesUp = after === null && before !== null && wanted.permissions.length === 0;
  if (!givesUp) assertOwned(change, { what: `${what} would belong`, managedBy: after });
}

function targetOf({ id, name, project }: ClientRow) {
  return { targetType: "grant", targetId: id, targetName: name, project, client: id };
}
