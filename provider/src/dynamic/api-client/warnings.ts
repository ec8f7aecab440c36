import type { Client } from "xtremepush-access";
import { RESTORE_DAYS } from "xtremepush-access/schemas";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import type { ReplacedSecret } from "./update";

/** A client is deleted that somebody has used lately. */
export function inUseMessage({ id, name, lastUsedTime, deletedTime }: Client, project: string): string {
  const end = new Date(Date.parse(deletedTime ?? "") + RESTORE_DAYS * DAY_MS).toISOString();
  return `${clientLabel({ id, name })} is deleted, and was in use: last at ${lastUsedTime}; until ${end} it can be restored, with \`xtremepush-access-backend client restore ${word(id)} --project ${word(project)}\` or adopt: ${quoted(id)}`;
}

/** An interrupted run had made the client. */
export function takenOverMessage({ id, name }: Client): string {
  return `${clientLabel({ id, name })} was there already, made by an earlier attempt of this program that was interrupted: it is taken over, with a new secret`;
}

/** A deleted client is adopted. */
export function restoredMessage({ id, name, secretVersion }: Client, deletedTime: string): string {
  return `${clientLabel({ id, name })} was deleted at ${deletedTime} and is restored with its permissions; its secrets and keys stay dead: declare secretVersion: ${secretVersion + 1} for a new secret`;
}

/** A secret that nobody has used has ended. */
export function replacedMessage(client: Client, { actor, createdTime }: ReplacedSecret): string {
  const { id, name, secretVersion, updatedBy } = client;
  const isOwn = actor === updatedBy;
  return [
    `secret version ${secretVersion} of ${clientLabel({ id, name })} was made by ${word(actor ?? "somebody")} at ${createdTime}`,
    isOwn ? ", by an earlier attempt that was interrupted, and was never used" : " and was never used",
    ": a fresh one has taken its place",
    isOwn ? "" : ", and that one does not work any more",
  ].join("");
}

/** Another owner has the client by now. */
export function leftAloneMessage({ id, name, managedBy }: Client): string {
  return `${clientLabel({ id, name })} is not deleted: it is now managed by ${word(managedBy ?? "nobody")}`;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
