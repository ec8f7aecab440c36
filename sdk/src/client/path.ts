import { z } from "zod";
import { ActorId, ClientId, ProjectSlug } from "../schemas/fields";
import { parseInput } from "./request";

const ProjectAddress = z.object({ project: ProjectSlug });
const ClientAddress = z.object({ project: ProjectSlug, client: ClientId });
const ActorAddress = z.object({ actor: ActorId });

/** The parts of a project's path. */
export function projectPath(operation: string, project: string): string[] {
  return ["v1", "projects", parseInput(operation, ProjectAddress, { project }).project];
}

/** The parts of a client's path, which its grant and its audit continue. */
export function clientPath(operation: string, project: string, client: string): string[] {
  const address = parseInput(operation, ClientAddress, { project, client });
  return ["v1", "projects", address.project, "clients", address.client];
}

/** The parts of an actor's path. */
export function actorPath(operation: string, actor: string): string[] {
  return ["v1", "actors", parseInput(operation, ActorAddress, { actor }).actor];
}
