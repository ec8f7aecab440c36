import { restorableUntil } from "xtremepush-access/rules";
import { type ConflictingResource, RESTORE_DAYS } from "xtremepush-access/schemas";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import type { Connection } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import { findDeletion } from "../store/audit";
import { type ClientKey, type ClientRow, findClientEver } from "../store/clients";
import type { GrantRow } from "../store/grants";
import { findProject } from "../store/projects";

/** Uses the same words for a project that does not exist and one that the actor may not see. */
export function projectNotFound(project: string): ProblemError {
  return new ProblemError(
    "project_not_found",
    `there is no project ${quoted(project)}, or the actor may not see it; list what it sees with \`xtremepush-access-backend project list\` (GET /v1/projects)`,
  );
}

/** A client counts as gone only in a project that exists; the message reports a delete, also of a client that was removed since. */
export async function clientNotFound(db: Connection, key: ClientKey, now: Date): Promise<ProblemError> {
  const { project, id } = key;
  const kept = await findClientEver(db, key);
  if (kept === null && (await findProject(db, project)) === null) return projectNotFound(project);
  const deletion = kept === null ? await findDeletion(db, key) : kept;
  const { deletedTime = null, deletedBy = null } = deletion ?? {};
  const why =
    deletedTime === null
      ? `is it in another project, or was it deleted more than ${RESTORE_DAYS} days ago?`
      : describeDeletion({ deletedTime, deletedBy, now });
  return new ProblemError("client_not_found", `there is no client ${word(id)} in ${project}; ${why}`);
}

interface Deletion {
  readonly deletedTime: Date;
  readonly deletedBy: string | null;
  readonly now: Date;
}

function describeDeletion({ deletedTime, deletedBy, now }: Deletion): string {
  const end = restorableUntil(deletedTime);
  const was = `it was deleted by ${deletedBy === null ? "an unknown actor" : word(deletedBy)} at ${deletedTime.toISOString()}`;
  if (end > now) return `${was}, and can be restored until ${end.toISOString()}`;
  return `${was}, and the ${RESTORE_DAYS} days in which it could be restored are over`;
}

/** What a refused write reports about the client that it conflicts with. */
export function conflictingClient(client: ClientRow): ConflictingResource {
  const { id, name, managedBy, revision, createdBy, createdTime, updatedBy, updatedTime, lastUsedTime } = client;
  return {
    ...{ id, name, managedBy, revision, createdBy, updatedBy },
    createdTime: createdTime.toISOString(),
    updatedTime: updatedTime.toISOString(),
    lastUsedTime: lastUsedTime?.toISOString() ?? null,
  };
}

/** What a refused write reports about the grant that it conflicts with. */
export function conflictingGrant(client: ClientRow, grant: GrantRow | null): ConflictingResource {
  return {
    id: client.id,
    name: client.name,
    managedBy: grant?.managedBy ?? null,
    revision: grant?.revision ?? 0,
    updatedBy: grant?.updatedBy ?? null,
    updatedTime: grant?.updatedTime.toISOString() ?? null,
  };
}

/** A client in a sentence: its ID and its name. */
export function nameOf({ id, name }: ClientRow): string {
  return `the ${clientLabel({ id, name })}`;
}

export function nameTaken(holder: ClientRow): ProblemError {
  return new ProblemError(
    "name_taken",
    `the name ${quoted(holder.name)} is taken in ${holder.project} by the client ${holder.id}; choose another`,
    { current: conflictingClient(holder) },
  );
}

/** One owner has one client. A program that has lost its state must adopt the client that is there. */
export function ownerConflict(holder: ClientRow): ProblemError {
  const { id, name, project, managedBy, revision } = holder;
  const made = `made by ${word(holder.createdBy)} at ${holder.createdTime.toISOString()}`;
  const changed =
    revision === 1 ? "" : `, last changed by ${word(holder.updatedBy)} at ${holder.updatedTime.toISOString()}`;
  const used = holder.lastUsedTime === null ? "" : `, last used at ${holder.lastUsedTime.toISOString()}`;
  return new ProblemError(
    "owner_conflict",
    `${managedBy === null ? "the owner" : word(managedBy)} already has the ${clientLabel({ id, name })} in ${project}, ${made}${changed}${used}; ` +
      `to keep it, set adopt: "${id}" in the program (a higher secretVersion then gives a new secret), else delete ` +
      "that one, or use another owner",
    { current: conflictingClient(holder) },
  );
}

/** A delete of the client would end the permissions that another program gives it. */
export function grantOwnedElsewhere(client: ClientRow, grant: GrantRow & { readonly managedBy: string }): ProblemError {
  const { permissions, managedBy, updatedBy, updatedTime } = grant;
  const count = `${permissions.length} ${permissions.length === 1 ? "permission" : "permissions"}`;
  return new ProblemError(
    "owner_conflict",
    `${nameOf(client)} has ${count} that ${word(managedBy)} manages, last set by ${word(updatedBy)} at ` +
      `${updatedTime.toISOString()}, and a delete would end them; remove that grant first, or release it: set its ` +
      "managedBy to null",
    { current: conflictingGrant(client, grant) },
  );
}
