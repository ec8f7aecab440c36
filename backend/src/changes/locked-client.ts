import type { Transaction } from "kysely";
import type { Schema } from "../database/schema";
import { type ClientKey, type ClientRow, findClientByName, lockClient, lockClientOfOwner } from "../store/clients";
import { type CredentialRow, lockLiveCredentials } from "../store/credentials";
import type { Change } from "./change";
import { clientNotFound, conflictingClient, nameTaken, ownerConflict } from "./refusals";
import { type Expected, expectRevision } from "./revisions";

/** A client whose row is locked, and its credentials that were not revoked, locked as well. */
export interface LockedClient {
  readonly transaction: Transaction<Schema>;
  readonly change: Change;
  readonly client: ClientRow;
  readonly credentials: readonly CredentialRow[];
}

/** Locks the live client of a change; its row first, as every other writer of credentials does. */
export async function lockExpected(
  transaction: Transaction<Schema>,
  change: Change,
  expected: Expected<ClientKey>,
): Promise<LockedClient> {
  const client = await lockClient(transaction, expected.key);
  if (client === null) throw await clientNotFound(transaction, expected.key, change.time);
  expectRevision(expected, conflictingClient(client));
  return { transaction, change, client, credentials: await lockLiveCredentials(transaction, client.id) };
}

/** @throws ProblemError `name_taken` or `owner_conflict` when another client has the name or the owner. */
export async function assertFree(
  transaction: Transaction<Schema>,
  client: ClientRow,
  wanted: { readonly name?: string | undefined; readonly managedBy?: string | null | undefined },
): Promise<void> {
  const { name, managedBy } = wanted;
  const named = name === undefined ? null : await findClientByName(transaction, client.project, name);
  if (named !== null && named.id !== client.id) throw nameTaken(named);
  const owned = managedBy == null ? null : await lockClientOfOwner(transaction, client.project, managedBy);
  if (owned !== null && owned.id !== client.id) throw ownerConflict(owned);
}
