import { count, quoted } from "xtremepush-access/text";
import { type AccessDiff, compare } from "xtremepush-access-review";
import { type DeliveryReport, deliverEach, type FailedDelivery, failureText } from "../delivery/deliver";
import { EnvironmentFailure, refusal } from "../environment-failure";
import type { AccessEnv } from "../file/access-env";
import type { Environment } from "../file/find-environment";
import type { Progress } from "../pulumi/progress";
import { findState, makeStack, runProgram } from "../pulumi/stack";
import type { StackState } from "../pulumi/stack-state";
import { assertPassphrase } from "../pulumi/state-backend";
import { listStacks, type StackSummary, type Workspace } from "../pulumi/workspace";
import { replaceFile } from "../replace-file";
import { accessOf, ensureProject, type ProjectAddress, projectAddressOf } from "./backend-project";
import { memoryOf } from "./delivery-memory";
import { type EarlierSecret, findEarlierSecrets, sayUnasked } from "./earlier-secrets";
import { heldBackMessage, type RotationReport } from "./end-old-secrets";
import { type Lock, withLock } from "./environment-lock";
import { recordOf } from "./environment-record";
import { listEnvironments } from "./list";
import { assertOwnStack } from "./own-stack";
import type { RotationRequest } from "./plan-rotations";
import { type Prepared, prepare } from "./prepare";
import { assertAddress, Rotations } from "./rotate";
import type { RunOptions } from "./run-options";

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
  /** The secrets of before that still work, of clients that this run did not rotate. */
  readonly earlierSecrets: readonly EarlierSecret[];
  /** The clients that got a new secret. */
  readonly rotations: readonly RotationReport[];
}

/** How a run of `up` goes. */
export interface UpOptions extends RunOptions {
  /** @default none */
  readonly rotate?: RotationRequest | null;
}

/**
 * Makes an environment whole: what is missing is made, the program runs, each credential is delivered.
 *
 * @throws EnvironmentFailure when a step fails; the next call goes on from there.
 */
export async function up(folder: string, name: string, { rotate = null, ...options }: UpOptions): Promise<UpResult> {
  const prepared = await prepare(folder, name);
  const { environment, workspace, configuration } = prepared;
  assertPassphrase(workspace.state, process.env);
  const address = projectAddressOf(configuration, process.env);
  if (rotate !== null) assertAddress(address);
  assertLifetimeKept(environment, address);
  const found = await findState(workspace, name);
  if (found !== null) assertOwnStack(found, { name, workspace, address });
  const planned = { ...prepared, address, rotate, progress: options.progress };
  // Without a stack there is nothing to rotate: it is refused before anything is made.
  if (found === null) await planRotation(planned, workspace, found);
  if (found === null && environment.max !== null) assertRoom(prepared, await listStacks(workspace));
  const madeProject = await makeProject(address, options.progress);
  const request = {
    ...options,
    access: address && accessOf(address),
    address: { project: address?.project ?? "", program: workspace.project.name, name },
    command: "up" as const,
    record: recordOf(environment),
    isRenewed: true,
  };
  return withLock(request, async (lock) => {
    // Another run may have made or removed the stack meanwhile.
    const isOld = lock.isLate || (lock.environment !== null && lock.isNew !== (found === null));
    const before = isOld ? await findState(workspace, name) : found;
    const result = await makeWhole(planned, { before, lock });
    return { ...result, made: { project: madeProject, ...result.made } };
  });
}

/** A run of `up` before it changes anything. */
interface Planned extends Prepared {
  readonly address: ProjectAddress | null;
  readonly rotate: RotationRequest | null;
  readonly progress: Progress;
}

/** The project was made before the lock could be taken. */
type Made = Omit<UpResult, "made"> & { readonly made: Omit<UpResult["made"], "project"> };

async function makeWhole(
  planned: Planned,
  { before, lock }: { readonly before: StackState | null; readonly lock: Lock },
): Promise<Made> {
  const { environment, missing, address, progress } = planned;
  const { name } = environment;
  const workspace = { ...planned.workspace, deadRuns: lock.deadRuns };
  const rotations = await planRotation(planned, workspace, before);
  await lock.assertHeld();
  if (missing !== null) {
    await replaceFile(missing.file, missing.text, 0o644);
    progress.line(`wrote ${missing.file}`);
  }
  if (before === null) {
    await makeStack(workspace, name, progress);
    progress.line(`made the stack ${name}`);
    await lock.assertHeld();
  }
  // The state alone has the outputs of the stack.
  const known = environment.deliver.some(({ output }) => output !== undefined) ? null : before;
  const state = await runProgram(rotations?.workspace ?? workspace, { stack: name, progress, known });
  await lock.assertHeld();
  // What the backend knew before the program has run is old.
  const memory = address === null ? null : memoryOf(workspace, name, address);
  const place = { folder: workspace.project.folder, name, memory };
  const { reports, failures } = await deliverEach(place, environment.deliver, state);
  await lock.assertHeld();
  const rotated = (await rotations?.finish(state, failures, progress)) ?? [];
  assertDone(failures, rotated);
  const others = state.clients.filter(({ clientId }) => !rotated.some((each) => each.clientId === clientId));
  const earlierSecrets = await findEarlierSecrets(memory, others, environment.deliver).catch((error: unknown) =>
    sayUnasked(error, progress),
  );
  return {
    environment: name,
    made: { stack: before === null, configuration: missing?.file ?? null },
    changes: Object.fromEntries(progress.changes),
    clients: state.clients.map(({ name, clientId, secretVersion }) => ({ name, clientId, secretVersion })),
    access: compare(before === null ? [] : [before.manifest], [state.manifest]),
    deliveries: reports,
    earlierSecrets,
    rotations: rotated,
  };
}

/** Null when no secret is to be replaced. */
async function planRotation(
  { environment: { name, deliver }, address, rotate }: Planned,
  workspace: Workspace,
  state: StackState | null,
): Promise<Rotations | null> {
  if (rotate === null) return null;
  const known = assertAddress(address);
  const options = { workspace, name, address: known, memory: memoryOf(workspace, name, known) };
  return Rotations.plan(options, rotate, { state, deliver });
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

/** The backend keeps the time to live: without it, `reap` would never find the environment. @throws EnvironmentFailure. */
export function assertLifetimeKept({ name, ttl }: Pick<Environment, "name" | "ttl">, address: object | null): void {
  if (ttl === null || address !== null) return;
  throw refusal(
    `${quoted(name)} has a ttl, which the backend keeps, and the endpoint, the project or the token is not known here; set XTREMEPUSH_TOKEN in place of a token that is a secret of the configuration, or take the ttl away`,
  );
}

/** Where the project or the token is not known here, the program's own error says what is missing. */
async function makeProject(address: ProjectAddress | null, progress: Progress): Promise<string | null> {
  if (address === null || !(await ensureProject(address))) return null;
  progress.line(`made the project ${address.project}`);
  return address.project;
}
