import { z } from "zod";
import { EnvironmentName, ProgramName } from "../schemas/environment";
import { ActorId, ClientId, DeliveryId, ProjectSlug } from "../schemas/fields";
import { parseInput } from "./request";

const ProjectAddress = z.object({ project: ProjectSlug });
const ClientAddress = z.object({ project: ProjectSlug, client: ClientId });
const DeliveryAddress = ClientAddress.extend({ delivery: DeliveryId });
const EnvironmentParts = z.object({ project: ProjectSlug, program: ProgramName, name: EnvironmentName });
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

/** An environment: the name of its program, its own, and the project that it belongs to. */
export interface EnvironmentAddress {
  readonly project: string;
  /** The name of the program in its Pulumi.yaml. */
  readonly program: string;
  readonly name: string;
}

/** The path of an environment's lock starts with it. */
export function environmentPath(operation: string, address: EnvironmentAddress): string[] {
  const { project, program, name } = parseInput(operation, EnvironmentParts, address);
  return ["v1", "projects", project, "environments", program, name];
}
