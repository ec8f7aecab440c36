import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import type { StackState } from "../pulumi/stack-state";
import type { Workspace } from "../pulumi/workspace";
import type { ProjectAddress } from "./backend-project";

interface Expected {
  readonly name: string;
  readonly workspace: Workspace;
  readonly address: ProjectAddress | null;
}

/**
 * Checks, before anything is made, that a stack is of this program and of the project that the configuration names.
 *
 * @throws EnvironmentFailure when it is not.
 */
export function assertOwnStack({ program, clients }: StackState, { name, workspace, address }: Expected): void {
  if (program !== null && program !== workspace.project.name) {
    throw new EnvironmentFailure(
      `the stack ${quoted(name)} is of the program ${quoted(program)}, and this is ${quoted(workspace.project.name)}; use another state, or another name`,
    );
  }
  const other = clients.find(({ project }) => address !== null && project !== address.project);
  if (other === undefined) return;
  throw new EnvironmentFailure(
    `the stack ${quoted(name)} has clients in the project ${quoted(other.project)}, and its configuration names ${quoted(address?.project ?? "")}; name the first one again, or take the environment down before`,
  );
}
