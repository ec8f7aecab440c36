import type { Obstacle } from "xtremepush-access/schemas";
import type { Connection } from "../database/transaction";
import { ProblemError } from "../problems";
import type { ClientKey, ClientRow } from "../store/clients";
import { findProject } from "../store/projects";

/** The same words whether the project is not there or may not be seen. */
export function projectNotFound(project: string): ProblemError {
  return new ProblemError(
    "project_not_found",
    `there is no project ${JSON.stringify(project)}, or the actor may not see it; list what it sees with GET /v1/projects`,
  );
}

/** Only a client that is missing from a project that is there may count as gone. */
export async function clientNotFound(db: Connection, { project, id }: ClientKey): Promise<ProblemError> {
  if ((await findProject(db, project)) === null) return projectNotFound(project);
  return new ProblemError("client_not_found", `there is no client ${id} in ${project}; it may have been deleted`);
}

/** What a refused write is told of the client in its way. */
export function clientObstacle(client: ClientRow): Obstacle {
  const { id, name, managedBy, revision, updatedBy, updatedTime } = client;
  return { id, name, managedBy, revision, updatedBy, updatedTime: updatedTime.toISOString() };
}
