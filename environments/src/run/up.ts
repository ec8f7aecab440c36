import { count, quoted } from "xtremepush-access/text";
import { type AccessDiff, compare } from "xtremepush-access-review";
import { type DeliveryReport, deliverAll } from "../delivery/deliver";
import { EnvironmentFailure } from "../environment-failure";
import type { AccessEnv } from "../file/access-env";
import type { Environment } from "../file/find-environment";
import type { Progress } from "../pulumi/progress";
import { findState, makeStack, runProgram } from "../pulumi/stack";
import { assertPassphrase } from "../pulumi/state-backend";
import { listStacks, type StackSummary } from "../pulumi/workspace";
import { replaceFile } from "../replace-file";
import { ensureProject, type ProjectAddress, projectAddressOf } from "./backend-project";
import { memoryOf } from "./delivery-memory";
import { listEnvironments } from "./list";
import { prepare } from "./prepare";

/** What `up` did. */
export interface UpResult {
  readonly environment: string;
  /** The parts of the environment that were missing. */
  readonly made: {
    /** The project on the backend; null when nothing was made. */
    readonly project: string | null;
    readonly stack: boolean;
    /** The configuration file. */
    readonly configuration: string | null;
  };
  /** How many resources each kind of step changed; empty when nothing changed. */
  readonly changes: Readonly<Record<string, number>>;
  /** The clients that the environment has now. */
  readonly clients: readonly { readonly name: string; readonly clientId: string; readonly secretVersion: number }[];
  /** What changed since the last run. */
  readonly access: AccessDiff;
  readonly deliveries: readonly DeliveryReport[];
}

/**
 * Makes an environment whole: what is missing is made, the program runs, each credential is delivered.
 *
 * @throws EnvironmentFailure when a step fails; the next call goes on from there.
 */
export async function up(folder: string, name: string, progress: Progress): Promise<UpResult> {
  const prepared = await prepare(folder, name);
  const { environment, workspace, missing } = prepared;
  const { project } = workspace;
  assertPassphrase(workspace.state, process.env);
  const address = projectAddressOf(prepared.configuration, process.env);
  const before = await findState(workspace, name);
  if (before === null && environment.max !== null) assertRoom(prepared, await listStacks(workspace));
  const madeProject = await makeProject(address, progress);
  if (missing !== null) {
    await replaceFile(missing.file, missing.text, 0o644);
    progress.line(`wrote ${missing.file}`);
  }
  if (before === null) {
    await makeStack(workspace, name, progress);
    progress.line(`made the stack ${name}`);
  }
  const state = await runProgram(workspace, name, progress);
  const memory = address === null ? null : memoryOf(workspace, name, address);
  const deliveries = await deliverAll({ folder: project.folder, name, memory }, environment.deliver, state);
  return {
    environment: name,
    made: { project: madeProject, stack: before === null, configuration: missing?.file ?? null },
    changes: Object.fromEntries(progress.changes),
    clients: state.clients.map(({ name, clientId, secretVersion }) => ({ name, clientId, secretVersion })),
    access: compare(before === null ? [] : [before.manifest], [state.manifest]),
    deliveries,
  };
}

/** @throws EnvironmentFailure when there are as many other environments of the pattern as there may be. */
export function assertRoom(
  { file, environment: { entry, name, max } }: { readonly file: AccessEnv; readonly environment: Environment },
  stacks: readonly StackSummary[],
): void {
  const { environments } = listEnvironments(file, stacks);
  const others = environments.filter((each) => each.entry === entry && each.exists && each.name !== name);
  if (max === null || others.length < max) return;
  throw new EnvironmentFailure(
    `${entry} already has ${count(others.length, "environment")}, and may have ${max}; take one down before you set up ${quoted(name)}`,
  );
}

/** Where the project or the token is not known here, the program's own error says what is missing. */
async function makeProject(address: ProjectAddress | null, progress: Progress): Promise<string | null> {
  if (address === null || !(await ensureProject(address))) return null;
  progress.line(`made the project ${address.project}`);
  return address.project;
}
