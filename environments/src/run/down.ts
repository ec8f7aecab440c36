import { rm } from "node:fs/promises";
import path from "node:path";
import type { Environment as EnvironmentRecord } from "xtremepush-access";
import { quoted, word } from "xtremepush-access/text";
import { describeCredential } from "../delivery/credentials";
import { type DeliveryReport, findUnknown, removeAll, type UnknownDelivery } from "../delivery/deliver";
import { destinationOf } from "../delivery/destination-of";
import type { DeliveryMemory } from "../delivery/memory";
import { EnvironmentFailure, refusal } from "../environment-failure";
import { type Delivery, writtenBy } from "../file/delivery";
import { isPattern } from "../file/environment-name";
import { findEnvironment, removableOf } from "../file/find-environment";
import { readAccessEnv } from "../file/read-access-env";
import { destroyStack, findState, forgetPendingCreates, removeStack, runProgram } from "../pulumi/stack";
import type { StackState } from "../pulumi/stack-state";
import { replaceFile } from "../replace-file";
import { accessOf, type ProjectAddress, projectAddressOf } from "./backend-project";
import { memoryOf } from "./delivery-memory";
import { type Lock, withLock } from "./environment-lock";
import { recordOf } from "./environment-record";
import { assertNoClients, removePending } from "./leftover-clients";
import { assertOwnStack } from "./own-stack";
import { type Prepared, prepareToRemove } from "./prepare";
import { writeRotations } from "./rotation-record";
import type { RunOptions } from "./run-options";

/** What `down` did. */
export interface DownResult {
  readonly environment: string;
  /** Whether there was a stack. */
  readonly existed: boolean;
  /** How many resources each kind of step changed. */
  readonly changes: Readonly<Record<string, number>>;
  /** The clients that ended. */
  readonly clients: readonly { readonly name: string; readonly clientId: string }[];
  readonly deliveries: readonly DeliveryReport[];
  /** What stays where it is, because only the backend knew of it. Nobody can use it when its client is deleted. */
  readonly left: readonly (UnknownDelivery & { readonly client: string })[];
  /** What stays where it is, because another environment may have the same name in the name of its secret. */
  readonly shared: readonly NamedDelivery[];
  /** What may still be where it was, because the token of its service does not see the place. */
  readonly unseen: readonly NamedDelivery[];
}

/** A delivery that stays, with the names of what it wrote. */
export interface NamedDelivery extends Pick<DeliveryReport, "credential" | "destination" | "place"> {
  readonly names: readonly string[];
}

/**
 * Takes an environment down: its clients, its deliveries, its stack. The project stays on the backend, with its audit trail.
 *
 * @throws EnvironmentFailure when it is protected, or a step fails; the next call goes on from there.
 */
export async function down(folder: string, name: string, options: RunOptions): Promise<DownResult> {
  if (findEnvironment(await readAccessEnv(folder), name).protected) {
    throw refusal(`${quoted(name)} is protected in access-env.yaml, so it is not taken down`);
  }
  const prepared = await prepareToRemove(folder, name);
  const address = projectAddressOf(prepared.configuration, process.env);
  return takeDown({ ...prepared, address }, { ...options, command: "down" });
}

interface TakingDown extends RunOptions {
  readonly command: "down" | "reap";
  /** Looks at the record once nobody else can change it. @throws EnvironmentFailure when the environment is to stay. */
  readonly confirm?: (environment: EnvironmentRecord | null) => void;
}

interface Doomed extends Prepared {
  readonly address: ProjectAddress | null;
}

/** Takes an environment down that is not protected. @throws EnvironmentFailure when a step fails. */
export async function takeDown(doomed: Doomed, { confirm, ...options }: TakingDown): Promise<DownResult> {
  const { environment, workspace, address } = doomed;
  const { name } = environment;
  const found = await findState(workspace, name);
  if (found !== null) assertOwnStack(found, { name, workspace, address });
  const request = {
    ...options,
    access: address && accessOf(address),
    address: { project: address?.project ?? "", program: workspace.project.name, name },
    record: found === null ? null : recordOf(environment),
    isRenewed: false,
  };
  return withLock(request, async (lock) => {
    // A record that this run had to make again is not the one that was looked at: another run has removed the environment.
    if (!lock.isNew) confirm?.(lock.environment);
    const state = lock.isLate || lock.isNew ? await findState(workspace, name) : found;
    const run = { lock, progress: options.progress };
    return state === null ? removeRest(doomed, run) : removeWhole(doomed, state, run);
  });
}

type Run = Pick<RunOptions, "progress"> & { readonly lock: Lock };

/** Removes what is left where there is no stack: of a run that died after it had removed that, for example. */
async function removeRest(doomed: Doomed, { lock, progress }: Run): Promise<DownResult> {
  const { file, environment, workspace, address } = doomed;
  const { name } = environment;
  const { folder, name: pulumiProject } = workspace.project;
  // The state may be another one than that of the environment, whose deliveries would go.
  if (address === null) {
    throw new EnvironmentFailure(
      `this state has no stack ${quoted(name)}, and the backend is not known here, so another state may have it; use that state, or set the endpoint, the project and the token of the backend`,
    );
  }
  await assertNoClients(accessOf(address), { project: address.project, pulumiProject, stack: name });
  await lock.assertHeld();
  const { own, shared } = removableOf(file, environment);
  const left = sayShared(shared, folder, progress);
  const memory = memoryOf(workspace, name, address);
  const { reports, unseen } = await removeAll({ folder, name, memory }, own, shared);
  // A run that died between the two has left what the backend remembers of a client that the program keeps.
  if (lock.environment !== null) await memory.forgetAll(unseen);
  if (lock.environment !== null) await removeConfiguration({ environment, workspace });
  await lock.remove();
  return {
    ...{ environment: name, existed: false, changes: {}, clients: [], deliveries: reports, left: [], shared: left },
    unseen: sayUnseen(unseen, folder, { name, progress }),
  };
}

async function removeWhole(doomed: Doomed, found: StackState, { lock, progress }: Run): Promise<DownResult> {
  const { environment, missing, address } = doomed;
  const { name } = environment;
  const workspace = { ...doomed.workspace, deadRuns: lock.deadRuns };
  await lock.assertHeld();
  // Pulumi reads from it how the secrets of the state are encrypted.
  if (missing !== null) await replaceFile(missing.file, missing.text, 0o644);
  const state = found.pendingCreates === 0 ? found : await finishCreates({ ...doomed, workspace }, found, progress);
  const memory = address === null ? null : memoryOf(workspace, name, address);
  const left = await findLeft({ ...doomed, memory }, state);
  // Said before the client is deleted: with it, the backend forgets where its secret is.
  for (const each of left) progress.line(`left behind: ${describeLeft(each)}; remove it by hand`);
  const { own, shared } = removableOf(doomed.file, environment);
  const leftShared = sayShared(shared, workspace.project.folder, progress);
  await lock.assertHeld();
  await destroyStack(workspace, name, progress);
  await lock.assertHeld();
  const { reports, unseen } = await removeAll({ folder: workspace.project.folder, name, memory }, own, shared);
  await writeRotations(workspace.project.folder, name, {});
  // The backend has forgotten those of clients that are deleted; the program may have kept one.
  await memory?.forgetAll(unseen);
  await lock.assertHeld();
  await removeStack(workspace, name, !isPattern(environment.entry));
  await removeConfiguration(doomed);
  await lock.remove();
  return {
    environment: name,
    existed: true,
    changes: Object.fromEntries(progress.changes),
    clients: state.clients.map(({ name, clientId }) => ({ name, clientId })),
    deliveries: reports,
    left,
    shared: leftShared,
    unseen: sayUnseen(unseen, workspace.project.folder, { name, progress }),
  };
}

async function findLeft(
  { environment, workspace, memory }: Doomed & { readonly memory: DeliveryMemory | null },
  { clients }: StackState,
): Promise<DownResult["left"]> {
  const place = { folder: workspace.project.folder, name: environment.name, memory };
  return (await findUnknown(place, environment.deliver)).map((each) => ({
    client: clients.find(({ clientId }) => clientId === each.clientId)?.name ?? each.clientId,
    ...each,
  }));
}

/** `client "CRM sync" -> vault secret/crm/dev (client_secret)`. */
export function describeLeft({ client, destination, place, names }: DownResult["left"][number]): string {
  const written = names.length === 0 ? "" : ` (${names.map((name) => word(name)).join(", ")})`;
  return `client ${quoted(client)} -> ${word(destination)} ${word(place)}${written}`;
}

/** Says what is left to others, and gives it for the report. */
function sayShared(
  shared: readonly Delivery[],
  folder: string,
  progress: RunOptions["progress"],
): readonly NamedDelivery[] {
  return shared.map((delivery) => {
    const left = namedDelivery(delivery, folder);
    progress.line(
      `left in place: ${describeNamed(left)}, which another environment may use; remove it by hand when none does`,
    );
    return left;
  });
}

/** Says what may still be there, and gives it for the report. */
function sayUnseen(
  unseen: readonly Delivery[],
  folder: string,
  { name, progress }: Pick<RunOptions, "progress"> & { readonly name: string },
): readonly NamedDelivery[] {
  return unseen.map((delivery) => {
    const left = namedDelivery(delivery, folder);
    progress.line(
      `left behind: ${describeNamed(left)}, which this token does not see; run \`down ${name}\` again with one that does`,
    );
    return left;
  });
}

function namedDelivery(delivery: Delivery, folder: string): NamedDelivery {
  const { kind: destination, place } = destinationOf(delivery, folder);
  const names = writtenBy(delivery).map(({ name }) => name);
  return { credential: describeCredential(delivery), destination, place, names };
}

/** `client "CRM sync" -> github acme/shop (CRM_PR_12)`. */
export function describeNamed({ credential, destination, place, names }: NamedDelivery): string {
  return `${credential} -> ${word(destination)} ${word(place)} (${names.map((name) => word(name)).join(", ")})`;
}

/**
 * Finds what a run that died was creating, which a destroy alone would leave behind: by the program, or where that fails by
 * now, by the owners in the state.
 */
async function finishCreates(
  { environment: { name }, workspace, address }: Doomed,
  state: StackState,
  progress: RunOptions["progress"],
): Promise<StackState> {
  progress.line("a run that died was creating resources: they are finished first");
  try {
    return await runProgram(workspace, { stack: name, progress });
  } catch (error) {
    if (!(error instanceof EnvironmentFailure) || address === null) throw error;
    progress.line("the program fails by now: what the run was creating is removed without it");
    progress.errors.length = 0;
  }
  for (const { name, id } of await removePending(accessOf(address), address.project, state.pendingOwners)) {
    progress.line(`deleted the client ${quoted(name)} (${word(id)}), which the run that died had made`);
  }
  await forgetPendingCreates(workspace, name, progress);
  return (await findState(workspace, name)) ?? state;
}

/** Pulumi removes the file of a pattern's environment with the stack, unless it is killed in between. */
async function removeConfiguration({
  environment,
  workspace,
}: Pick<Doomed, "environment" | "workspace">): Promise<void> {
  const { entry, name } = environment;
  if (isPattern(entry)) await rm(path.join(workspace.project.configFolder, `Pulumi.${name}.yaml`), { force: true });
}
