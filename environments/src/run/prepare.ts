import type { StackConfiguration } from "xtremepush-access-review";
import { checkDestinations } from "../delivery/deliver";
import type { AccessEnv } from "../file/access-env";
import { assertDistinct, type Environment, findEnvironment } from "../file/find-environment";
import { readAccessEnv } from "../file/read-access-env";
import { type Configured, configurationOf } from "../pulumi/stack-template";
import { openWorkspace, type Workspace } from "../pulumi/workspace";

/** An environment that is ready for a command: all that can be checked without a request is right. */
export interface Prepared {
  readonly file: AccessEnv;
  readonly environment: Environment;
  readonly workspace: Workspace;
  readonly configuration: StackConfiguration;
  /** Its configuration file, when it must still be written. */
  readonly missing: Configured["missing"];
}

/**
 * Finds an environment in the file of a program, and checks that its destinations can be written.
 *
 * @throws EnvironmentFailure when it cannot be handled as the file says.
 */
export async function prepare(folder: string, name: string): Promise<Prepared> {
  const prepared = await prepareToRead(folder, name);
  assertDistinct(prepared.file, prepared.environment);
  return checked(prepared, false);
}

/** The same for a command that takes the credentials away: a destination that is not there has none. @throws EnvironmentFailure. */
export async function prepareToRemove(folder: string, name: string): Promise<Prepared> {
  return checked(await prepareToRead(folder, name), true);
}

async function checked(prepared: Prepared, isRemoval: boolean): Promise<Prepared> {
  const { workspace, environment } = prepared;
  await checkDestinations({ folder: workspace.project.folder, name: environment.name }, environment.deliver, isRemoval);
  return prepared;
}

/**
 * The same for a command that writes to no destination, and so needs none of their tokens.
 *
 * @throws EnvironmentFailure when it cannot be handled as the file says.
 */
export async function prepareToRead(folder: string, name: string): Promise<Prepared> {
  const file = await readAccessEnv(folder);
  const environment = findEnvironment(file, name);
  const workspace = await openWorkspace(folder, process.env);
  return { file, environment, workspace, ...(await configurationOf(workspace.project, environment)) };
}
