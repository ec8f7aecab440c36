import { visible } from "xtremepush-access/text";
import type { StackConfiguration } from "xtremepush-access-review";
import { DeliveryMemory } from "../delivery/memory";
import type { Workspace } from "../pulumi/workspace";
import { accessOf, type ProjectAddress, projectAddressOf } from "./backend-project";

/** The longest name of an environment that the backend takes, in code points. */
const ENVIRONMENT_MAX = 200;

/** What the backend of an environment remembers. */
export function memoryOf({ project }: Workspace, name: string, address: ProjectAddress): DeliveryMemory {
  return new DeliveryMemory({
    access: accessOf(address),
    project: address.project,
    environment: visible(`${project.name}/${name}`, ENVIRONMENT_MAX),
    folder: project.folder,
  });
}

/** The same where the address is known; null where it is not. @throws EnvironmentFailure without a token. */
export function findMemory(
  workspace: Workspace,
  name: string,
  configuration: StackConfiguration,
): DeliveryMemory | null {
  const address = projectAddressOf(configuration, process.env);
  return address === null ? null : memoryOf(workspace, name, address);
}
