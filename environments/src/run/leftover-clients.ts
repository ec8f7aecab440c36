import { parseOwnerIn } from "pulumi-xtremepush/protocol";
import { type AccessClient, type Client, NotFoundError } from "xtremepush-access";
import { clientLabel, quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { isProjectMissing, missingProject } from "./backend-project";

/** A stack and the project that its clients are in. */
interface Place {
  readonly project: string;
  readonly pulumiProject: string;
  readonly stack: string;
}

/**
 * Checks that the backend has no client of a stack that this state does not know.
 *
 * @throws EnvironmentFailure when there is one: the record must stay until it is gone; also when the project cannot be seen.
 */
export async function assertNoClients(access: AccessClient, { project, ...stack }: Place): Promise<void> {
  for await (const client of clientsOf(access, project)) {
    if (parseOwnerIn(client.managedBy, stack) === null) continue;
    throw new EnvironmentFailure(
      `the project ${quoted(project)} has the ${clientLabel(client)} of ${quoted(stack.stack)}, and this state has no such stack; use the state that made it, or delete the client`,
    );
  }
}

/** A project that the token may not see looks as if it were not there, so a missing one does not mean that it has no clients. */
async function* clientsOf(access: AccessClient, project: string): AsyncGenerator<Client> {
  try {
    yield* access.clients.list(project, { limit: 1_000 });
  } catch (error) {
    throw isProjectMissing(error) ? missingProject(project) : error;
  }
}

/** Deletes the clients of these owners, which a run that died made and no state knows. */
export async function removePending(
  access: AccessClient,
  project: string,
  owners: readonly string[],
): Promise<readonly Client[]> {
  const removed: Client[] = [];
  for (const managedBy of owners) {
    for (const client of (await access.clients.list(project, { managedBy })).items) {
      try {
        await access.clients.delete(project, client.id, { ifMatch: client.revision });
        removed.push(client);
      } catch (error) {
        if (!NotFoundError.is(error) || error.code !== "client_not_found") throw error;
      }
    }
  }
  return removed;
}
