import type { Client } from "xtremepush-access";
import { restorableUntil } from "xtremepush-access/rules";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import type { ClientState } from "./state";
import type { ReplacedSecret } from "./update";

/** The program deleted a client that was used recently. */
export function inUseMessage({ id, name, lastUsedTime, deletedTime }: Client, project: string): string {
  const end = restorableUntil(new Date(deletedTime ?? "")).toISOString();
  return `${clientLabel({ id, name })} was deleted while in use, last at ${lastUsedTime}; until ${end} it can be restored with \`xtremepush-access-backend client restore ${word(id)} --project ${word(project)}\` or adopt: ${quoted(id)}`;
}

/** An interrupted run created the client. */
export function takenOverMessage({ id, name }: Client): string {
  return `${clientLabel({ id, name })} already existed without a state, after an interrupted run or \`pulumi state delete\` of this program: it is taken over with a new secret`;
}

/** The program adopted a deleted client. */
export function restoredMessage({ id, name, secretVersion }: Client, deletedTime: string): string {
  return `${clientLabel({ id, name })} was deleted at ${deletedTime} and is restored with its permissions; its secrets and keys no longer work: declare secretVersion: ${secretVersion + 1} for a new secret`;
}

/** A new secret replaced one that was never used. */
export function replacedMessage(client: Client, { actor, createdTime }: ReplacedSecret): string {
  const { id, name, secretVersion, updatedBy } = client;
  const isOwn = actor === updatedBy;
  return [
    `secret version ${secretVersion} of ${clientLabel({ id, name })} was made${actor === null ? "" : ` by ${word(actor)}`} at ${createdTime}`,
    isOwn ? " by an interrupted run, and was never used" : " and was never used",
    ": a new secret has replaced it",
    isOwn ? "" : ", and it no longer works",
  ].join("");
}

/** The update requests a secret that the state does not have, which ends it for whoever has it. */
export function missingSecretMessage({ clientId: id, name, secretVersion = 1 }: ClientState): string {
  return `secret version ${secretVersion} of ${clientLabel({ id, name })} is not in the state and was never used: the update replaces it. If somebody made it by hand and is about to use it, let it be used first and run \`pulumi refresh\`, or declare secretVersion: ${secretVersion + 1}`;
}

/** Another owner now manages the client. */
export function leftAloneMessage({ id, name, managedBy }: Client): string {
  return `${clientLabel({ id, name })} is not deleted: it is now managed by ${word(managedBy ?? "unknown")}`;
}
