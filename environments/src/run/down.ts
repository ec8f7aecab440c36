import { quoted } from "xtremepush-access/text";
import { type DeliveryReport, removeAll } from "../delivery/deliver";
import { refusal } from "../environment-failure";
import { isPattern } from "../file/environment-name";
import { findEnvironment } from "../file/find-environment";
import { readAccessEnv } from "../file/read-access-env";
import type { Progress } from "../pulumi/progress";
import { destroyStack, findState, removeStack, runProgram } from "../pulumi/stack";
import { replaceFile } from "../replace-file";
import { findMemory } from "./delivery-memory";
import { prepare } from "./prepare";
import { writeRotations } from "./rotation-record";

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
}

/**
 * Takes an environment down: its clients, its deliveries, its stack. The project stays on the backend, with its audit trail.
 *
 * @throws EnvironmentFailure when it is protected, or a step fails; the next call goes on from there.
 */
export async function down(folder: string, name: string, progress: Progress): Promise<DownResult> {
  if (findEnvironment(await readAccessEnv(folder), name).protected) {
    throw refusal(`${quoted(name)} is protected in access-env.yaml, so it is not taken down`);
  }
  const { environment, workspace, missing, configuration } = await prepare(folder, name);
  const memory = findMemory(workspace, name, configuration);
  const place = { folder: workspace.project.folder, name };
  let state = await findState(workspace, name);
  if (state === null) {
    const deliveries = await removeAll(place, environment.deliver);
    return { environment: name, existed: false, changes: {}, clients: [], deliveries };
  }
  // Pulumi reads from it how the secrets of the state are encrypted.
  if (missing !== null) await replaceFile(missing.file, missing.text, 0o644);
  if (state.pendingCreates > 0) {
    // A run died while it created a client. Only the program finds it again, and a destroy alone would leave it behind.
    progress.line("a run that died was creating resources: they are finished first");
    state = await runProgram(workspace, name, progress);
  }
  await destroyStack(workspace, name, progress);
  const deliveries = await removeAll(place, environment.deliver);
  await writeRotations(workspace.project.folder, name, {});
  // The backend forgets those of a client that is deleted; the program may have kept one.
  await Promise.all(state.clients.map(({ clientId }) => memory?.forgetAll(clientId)));
  await removeStack(workspace, name, !isPattern(environment.entry));
  return {
    environment: name,
    existed: true,
    changes: Object.fromEntries(progress.changes),
    clients: state.clients.map(({ name, clientId }) => ({ name, clientId })),
    deliveries,
  };
}
