import { quoted } from "xtremepush-access/text";
import { type DeliveryReport, deliverAll } from "../delivery/deliver";
import { EnvironmentFailure } from "../environment-failure";
import { findState } from "../pulumi/stack";
import { accessOf, projectAddressOf } from "./backend-project";
import { memoryOf } from "./delivery-memory";
import { withLock } from "./environment-lock";
import { prepare } from "./prepare";
import type { RunOptions } from "./run-options";

/** What `deliver` did. */
export interface DeliverResult {
  readonly environment: string;
  readonly deliveries: readonly DeliveryReport[];
}

interface DeliverOptions extends RunOptions {
  /** Delivers also what is where it belongs. */
  readonly force: boolean;
}

/**
 * Delivers what the state of an environment holds, without running its program.
 *
 * @throws EnvironmentFailure when there is no state, or a destination fails.
 */
export async function deliver(
  folder: string,
  name: string,
  { force, ...options }: DeliverOptions,
): Promise<DeliverResult> {
  const { environment, workspace, configuration } = await prepare(folder, name);
  const address = projectAddressOf(configuration, process.env);
  const request = {
    ...options,
    access: address && accessOf(address),
    address: { project: address?.project ?? "", program: workspace.project.name, name },
    command: "deliver" as const,
    // What has no record was not set up, or long ago: only `up` makes one.
    record: null,
    isRenewed: false,
  };
  return withLock(request, async (lock) => {
    const state = await findState(workspace, name);
    if (state === null) throw new EnvironmentFailure(`${quoted(name)} does not exist; \`up ${name}\` sets it up`);
    await lock.assertHeld();
    const memory = address === null ? null : memoryOf(workspace, name, address);
    const place = { folder: workspace.project.folder, name, memory, force };
    return { environment: name, deliveries: await deliverAll(place, environment.deliver, state) };
  });
}
