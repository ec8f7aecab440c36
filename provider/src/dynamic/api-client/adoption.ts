import { type Client, ConflictError, RevisionMismatchError } from "xtremepush-access";
import { RESTORE_DAYS } from "xtremepush-access/schemas";
import { clientLabel, word } from "xtremepush-access/text";
import { aliasFor, aliasLines } from "../run/alias";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import type { Connection } from "../run/session";
import { conflictFailure } from "./conflict";
import { clientDifference } from "./difference";
import type { Declaration } from "./inputs";

/** The client to adopt and its declaration, which may be incomplete in a preview. */
interface Adoption {
  readonly id: string;
  readonly declared: Partial<Declaration>;
}

/** A client that was adopted. */
export interface AdoptedClient {
  readonly client: Client;
  /** When it was deleted; null when it was live. */
  readonly deletedTime: string | null;
}

const ATTEMPTS = 5;

/**
 * Makes the program the owner of an existing client, live or deleted, and changes nothing else. When the program already
 * owns the client, an interrupted run adopted it.
 *
 * @throws Failure when the client does not exist, has another owner, or differs from the declaration.
 */
export async function adoptClient(connection: Connection, id: string, declared: Declaration): Promise<AdoptedClient> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await readAdoptable(connection, { id, declared });
    try {
      const client = await claim(connection, live, declared.managedBy);
      // A backend of an earlier version returns a client unchanged that another actor has restored in the meantime.
      if (client.managedBy === declared.managedBy || attempt === ATTEMPTS)
        return { client, deletedTime: live.deletedTime };
    } catch (error) {
      if (isOvertaken(error) && attempt < ATTEMPTS) continue;
      if (!ConflictError.is(error)) throw error;
      throw adoptionConflict(error, live, { declared, connection });
    }
  }
}

/** Whether another actor has changed or restored the client in the meantime, so that it must be read again. */
function isOvertaken(error: unknown): boolean {
  return RevisionMismatchError.is(error) || (ConflictError.is(error) && error.code === "client_not_deleted");
}

async function claim({ access, project }: Connection, live: Client, managedBy: string | null): Promise<Client> {
  if (live.deletedTime !== null) return access.clients.restore(project, live.id, { managedBy });
  if (live.managedBy === managedBy) return live;
  return access.clients.update(project, live.id, { managedBy }, { ifMatch: live.revision });
}

/**
 * Reads a client that a program wants to adopt.
 *
 * @throws Failure when the client does not exist, has another owner, or differs from the declaration, with one line for
 * each difference.
 */
export async function readAdoptable(connection: Connection, { id, declared }: Adoption): Promise<Client> {
  const { access, project } = connection;
  const live = await access.clients.get(project, id, { state: "any" }).catch(goneAsNull);
  if (live === null) {
    throw new Failure(
      `there is no client ${word(id)} in project ${project} to adopt: is it in another project, or was it deleted more than ${RESTORE_DAYS} days ago?`,
    );
  }
  // A deleted client has no owner that counts: the restore makes this program its owner.
  const isOwned = live.deletedTime === null && live.managedBy !== null;
  if (isOwned && live.managedBy !== declared.managedBy) throw foreign(live, { declared, connection });
  const { managedBy: _, ...fields } = declared;
  const lines = clientDifference(live, fields);
  if (lines.length === 0) return live;
  throw new Failure(
    [
      `${clientLabel(live)} cannot be adopted because it differs from what is declared:`,
      ...lines,
      describeFix(live),
      ...(await grantLines(connection, live)),
    ].join("\n"),
  );
}

function describeFix({ deletedTime }: Client): string {
  const keys =
    deletedTime === null ? "" : "; the keys of a deleted client no longer work, so leave out publicKeys until then";
  return `declare the live values (on the left), and change them after the adoption${keys}`;
}

/** What an unowned grant has to declare: the engine does not ask for the grant of a client that is refused. */
async function grantLines({ access, project }: Connection, { id }: Client): Promise<string[]> {
  const grant = await access.grants.get(project, id, { state: "any" }).catch(goneAsNull);
  if (grant === null || grant.managedBy !== null || grant.permissions.length === 0) return [];
  return [`its grant needs its live permissions: ${grant.permissions.map((id) => word(id)).join(", ")}`];
}

function foreign(live: Client, { declared, connection }: Wanted<Partial<Declaration>>): Failure {
  const { project, declarations } = connection;
  const managedBy = live.managedBy === null ? null : declarations.presentName(live.managedBy);
  const alias = aliasFor(managedBy, declared.managedBy ?? null);
  const message = `${clientLabel(live)} is managed by ${word(managedBy ?? "unknown")}, so it cannot be adopted`;
  if (alias !== null && managedBy !== null && declarations.isDeclared(managedBy))
    return new Failure(`${message}: that resource is in the program, so remove one of the two`);
  if (alias !== null) return new Failure([message, ...aliasLines(alias)].join("\n"));
  return new Failure(
    `${message}: a client has one owner; leave it there, or remove it from that program without deleting it, then run \`xtremepush-access-backend client release ${word(live.id)} --project ${project}\``,
  );
}

interface Wanted<Declared> {
  readonly declared: Declared;
  readonly connection: Connection;
}

/** Another client now has the name, or this owner already has another client. */
function adoptionConflict(error: ConflictError, live: Client, { declared, connection }: Wanted<Declaration>): Failure {
  const { project } = connection;
  if (error.code === "name_taken" && live.deletedTime !== null) {
    return new Failure(
      `${clientLabel(live)} is deleted, and client ${word(error.current?.id ?? "")} now has its name: rename that client, or run \`xtremepush-access-backend client restore ${word(live.id)} --project ${project} --name NEW\` and declare the new name`,
    );
  }
  return conflictFailure(error, { ...declared, isNew: true }, connection);
}
