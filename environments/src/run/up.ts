import { count, quoted } from "xtremepush-access/text";
import { type AccessDiff, compare } from "xtremepush-access-review";
import { type DeliveryReport, deliverEach, type FailedDelivery, failureText } from "../delivery/deliver";
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
import { heldBackMessage, type RotationReport } from "./end-old-secrets";
import { listEnvironments } from "./list";
import type { RotationRequest } from "./plan-rotations";
import { prepare } from "./prepare";
import { assertAddress, Rotations } from "./rotate";

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
  /** The clients that got a new secret. */
  readonly rotations: readonly RotationReport[];
}

/** How a run of `up` goes. */
export interface UpOptions {
  readonly progress: Progress;
  /** @default none */
  readonly rotate?: RotationRequest | null;
}

/**
 * Makes an environment whole: what is missing is made, the program runs, each credential is delivered.
 *
 * @throws EnvironmentFailure when a step fails; the next call goes on from there.
 */
export async function up(folder: string, name: string, { progress, rotate = null }: UpOptions): Promise<UpResult> {
  const prepared = await prepare(folder, name);
  const { environment, workspace, missing } = prepared;
  const { project } = workspace;
  assertPassphrase(workspace.state, process.env);
  const address = projectAddressOf(prepared.configuration, process.env);
  const known = rotate === null ? null : assertAddress(address);
  const before = await findState(workspace, name);
  const memory = address === null ? null : memoryOf(workspace, name, address);
  const rotations =
    rotate === null || known === null || memory === null
      ? null
      : await Rotations.plan({ workspace, name, address: known, memory }, rotate, {
          ...{ state: before, deliver: environment.deliver },
        });
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
  const state = await runProgram(rotations?.workspace ?? workspace, name, progress);
  // What the backend knew before the program has run is old.
  const place = { folder: project.folder, name, memory: address === null ? null : memoryOf(workspace, name, address) };
  const { reports, failures } = await deliverEach(place, environment.deliver, state);
  const rotated = (await rotations?.finish(state, failures, progress)) ?? [];
  assertDone(failures, rotated);
  return {
    environment: name,
    made: { project: madeProject, stack: before === null, configuration: missing?.file ?? null },
    changes: Object.fromEntries(progress.changes),
    clients: state.clients.map(({ name, clientId, secretVersion }) => ({ name, clientId, secretVersion })),
    access: compare(before === null ? [] : [before.manifest], [state.manifest]),
    deliveries: reports,
    rotations: rotated,
  };
}

/** @throws EnvironmentFailure that names every delivery that failed, and every destination that keeps an old secret alive. */
function assertDone(failures: readonly FailedDelivery[], rotated: readonly RotationReport[]): void {
  const held = rotated.filter(({ heldBackBy }) => heldBackBy.length > 0);
  const messages = [
    ...(failures.length === 0 ? [] : [failureText(failures)]),
    ...held.map((each) => heldBackMessage(each)),
  ];
  if (messages.length > 0) throw new EnvironmentFailure(messages.join("\n"));
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
