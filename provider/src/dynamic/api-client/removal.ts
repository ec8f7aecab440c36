import { type Client, type ClientDeleted, ConflictError, RevisionMismatchError } from "xtremepush-access";
import { DAY_MS } from "xtremepush-access/schemas";
import { clientLabel, word } from "xtremepush-access/text";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { historyLines, type OwnerMove } from "../run/history";
import { unclearFailure, whoseIs } from "../run/new-owner";
import { isForeign } from "../run/ownership";
import type { Existing } from "../run/resource";
import { assertNotEarlier } from "../run/restored";
import type { Connection, Session } from "../run/session";
import { isBetweenNames } from "./passing-name";
import type { ClientState } from "./state";
import { mismatchSentence, REFRESH } from "./update";
import { inUseMessage, leftAloneMessage } from "./warnings";

/**
 * Deletes a client. A missing client is not an error, and a client of another owner stays.
 *
 * @throws Failure when another program manages permissions of the client, which the delete would end, when the client has
 * changed since the state, or when only a person knows whose it is.
 */
export async function removeClient(
  session: Session,
  connection: Connection,
  existing: Existing<ClientState>,
): Promise<void> {
  const { project } = connection;
  const { id, state } = existing;
  try {
    if (isForeign(state.managedBy, state) && (await readOwn(session, connection, existing)) === null) return;
    const last = (await endClient(session, connection, existing)) ?? (await findDeleted(connection, id));
    if (last !== null && wasInUse(last)) await session.warn(inUseMessage(last, project));
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const own = await readOwn(session, connection, existing);
    if (own === null) return;
    const { revision: seen } = state;
    const { live, move } = own;
    assertNotEarlier(clientLabel(live), { live: live.revision, seen });
    const isOwnChange = isBetweenNames(live, seen) || (move?.revision === seen + 1 && live.revision === seen + 1);
    if (isOwnChange) return removeClient(session, connection, { id, state: stateAfter(state, live) });
    const history = await historyLines(connection, { client: id, target: "client", seen, live: live.revision });
    throw new Failure([`${mismatchSentence(live, seen)}; it was not deleted`, ...history, REFRESH].join("\n"));
  }
}

/** A live client that is this resource's, and the change to its present owner when the state does not have that yet. */
interface OwnClient {
  readonly live: Client;
  readonly move: OwnerMove | null;
}

/** Reads the client; null when it is gone, or when another owner has it, of which this warns. */
async function readOwn(
  session: Session,
  connection: Connection,
  { id, state: { owner } }: Existing<ClientState>,
): Promise<OwnClient | null> {
  const { access, project } = connection;
  const live = await access.clients.get(project, id).catch(goneAsNull);
  if (live === null) return null;
  const whose = await whoseIs(connection, { client: id, target: "client", owner, managedBy: live.managedBy });
  if (whose.kind === "unclear") {
    const way = `run \`xtremepush-access-backend client delete ${word(id)} --project ${word(project)}\`, then this again`;
    throw unclearFailure({ what: `${clientLabel(live)} is not deleted`, managedBy: live.managedBy, way }, whose.move);
  }
  if (whose.kind === "ours") return { live, move: whose.move };
  await session.warn(leftAloneMessage(live));
  return null;
}

/** The state as the interrupted run, whose change this is, would have left it. */
function stateAfter(state: ClientState, { name, managedBy, revision }: Client): ClientState {
  return { ...state, name, managedBy, revision };
}

/** Deletes a client and reports the permissions that end with it; null when it was gone. */
async function endClient(session: Session, connection: Connection, existing: Existing<ClientState>) {
  const deleted = await deleteClient(connection, existing);
  if (deleted === null) return null;
  const { id, name, grant } = deleted;
  if (grant !== undefined) await session.access.reportClientEnded({ id, name }, grant.permissions);
  return deleted;
}

/** The backend checks the owner of the grant in the delete itself, so that no grant can come in between. */
async function deleteClient({ access, project, declarations }: Connection, { id, state }: Existing<ClientState>) {
  const { owner, managedBy, name, revision: ifMatch } = state;
  // A rename that was killed may have reached the client and not its grant.
  const programs = new Set([managedBy, owner].flatMap((one) => declarations.programsOf(one)));
  const remove = ([prefix, ...others]: readonly string[]): Promise<ClientDeleted> =>
    access.clients
      .delete(project, id, { ifMatch, ...(prefix !== undefined && { grantOwnerPrefix: `${prefix}::` }) })
      .catch((error: unknown) => {
        if (others.length > 0 && isGrantedElsewhere(error)) return remove(others);
        throw error;
      });
  try {
    return await remove([...programs]);
  } catch (error) {
    if (isGrantedElsewhere(error)) throw grantedElsewhere(error, { id, name, project });
    return goneAsNull(error);
  }
}

function isGrantedElsewhere(error: unknown): error is ConflictError {
  return ConflictError.is(error) && error.code === "owner_conflict";
}

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly project: string;
}

function grantedElsewhere({ current }: ConflictError, { id, name, project }: Kept): Failure {
  const { managedBy = null, updatedBy = null, updatedTime = null } = current ?? {};
  const set = `last set by ${word(updatedBy ?? "unknown")} at ${word(updatedTime ?? "an unknown time")}`;
  return new Failure(
    [
      `${clientLabel({ id, name })} is not deleted: its permissions are managed by another program, ${word(managedBy ?? "unknown")} (${set}), and would end with it`,
      "remove the ScopeGrant from that program first, or, to end its permissions too:",
      `  1. \`xtremepush-access-backend client release ${word(id)} --grant --project ${word(project)}\``,
      "  2. run this again",
      "see the guide docs/guides/several-teams.md",
    ].join("\n"),
  );
}

/** Finds a deleted client: the answer to the delete was lost, or an earlier attempt deleted it. */
async function findDeleted({ access, project }: Connection, id: string): Promise<Client | null> {
  const client = await access.clients.get(project, id, { state: "any" }).catch(goneAsNull);
  const isRecent = client?.deletedTime && Date.now() - Date.parse(client.deletedTime) < DAY_MS;
  return isRecent ? client : null;
}

function wasInUse({ lastUsedTime, deletedTime }: Client): boolean {
  return lastUsedTime !== null && Date.parse(deletedTime ?? lastUsedTime) - Date.parse(lastUsedTime) < DAY_MS;
}
