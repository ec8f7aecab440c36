import { z } from "zod";
import { ActorId, ClientId, DeliveryId, ProjectSlug } from "../schemas/fields";
import { parseInput } from "./request";

const ProjectAddress = z.object({ project: ProjectSlug });
const ClientAddress = z.object({ project: ProjectSlug, client: ClientId });
const DeliveryAddress = ClientAddress.extend({ delivery: DeliveryId });
const ActorAddress = z.object({ actor: ActorId });

export function projectPath(operation: string, project: string): string[] {
  return ["v1", "projects", parseInput(operation, ProjectAddress, { project }).project];
}

/** The paths of a client's grant, deliveries and audit start with it. */
export function clientPath(operation: string, project: string, client: string): string[] {
  const address = parseInput(operation, ClientAddress, { project, client });
  return ["v1", "projects", address.project, "clients", address.client];
}

export function deliveryPath(operation: string, asked: z.input<typeof DeliveryAddress>): string[] {
  const { project, client, delivery } = parseInput(operation, DeliveryAddress, asked);
  return ["v1", "projects", project, "clients", client, "deliveries", delivery];
}

export function actorPath(operation: string, actor: string): string[] {
  return ["v1", "actors", parseInput(operation, ActorAddress, { actor }).actor];
}
