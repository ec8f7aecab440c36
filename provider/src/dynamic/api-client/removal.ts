import { type Client, ConflictError, RevisionMismatchError } from "xtremepush-access";
import { DAY_MS } from "xtremepush-access/schemas";
import { clientLabel, word } from "xtremepush-access/text";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { historyLines } from "../run/history";
import { isForeign } from "../run/ownership";
import type { Existing } from "../run/resource";
import type { Connection, Session } from "../run/session";
import type { ClientState } from "./state";
import { mismatchSentence, REFRESH } from "./update";
import { inUseMessage, leftAloneMessage } from "./warnings";

/**
 * Deletes a client. A missing client is not an error, and a client of another owner stays.
 *
 * @throws Failure when another program manages permissions of the client, which the delete would end, or when the client
 * has changed since the state.
 */
export async function removeClient(
  session: Session,
  connection: Connection,
  existing: Existing<ClientState>,
): Promise<void> {
  const { access, project } = connection;
  const { id, state } = existing;
  // After a rename of the program whose run was killed, the live owner is this resource by its new name.
  const isOthers = ({ managedBy }: Pick<ClientState, "managedBy">) =>
    isForeign(managedBy, state) && !connection.declarations.isEarlierName(state.owner, managedBy);
  try {
    if (isOthers(state)) {
      const live = await access.clients.get(project, id).catch(goneAsNull);
      if (live === null) return;
      if (isOthers(live)) return await session.warn(leftAloneMessage(live));
    }
    const last = (await deleteClient(connection, existing)) ?? (await findDeleted(connection, id));
    if (last !== null && wasInUse(last)) await session.warn(inUseMessage(last, project));
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await access.clients.get(project, id).catch(goneAsNull);
    if (live === null) return;
    if (isOthers(live)) return await session.warn(leftAloneMessage(live));
    const { revision: seen } = state;
    const history = await historyLines(connection, { client: id, target: "client", seen, live: live.revision });
    throw new Failure([`${mismatchSentence(live, seen)}; it was not deleted`, ...history, REFRESH].join("\n"));
  }
}

/** The backend checks the owner of the grant in the delete itself, so that no grant can come in between. */
async function deleteClient({ access, project, declarations }: Connection, { id, state }: Existing<ClientState>) {
  const { owner, managedBy, name, revision: ifMatch } = state;
  // A rename that was killed may have reached the client and not its grant.
  const [program, earlier] = declarations.programsOf(owner ?? managedBy);
  const remove = (prefix: string | undefined) =>
    access.clients.delete(project, id, { ifMatch, ...(prefix !== undefined && { grantOwnerPrefix: `${prefix}::` }) });
  try {
    return await remove(program).catch((error: unknown) => {
      if (earlier !== undefined && isGrantedElsewhere(error)) return remove(earlier);
      throw error;
    });
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
