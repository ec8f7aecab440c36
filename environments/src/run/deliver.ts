import { quoted } from "xtremepush-access/text";
import { type DeliveryReport, deliverAll } from "../delivery/deliver";
import { EnvironmentFailure } from "../environment-failure";
import { findState } from "../pulumi/stack";
import { findMemory } from "./delivery-memory";
import { prepare } from "./prepare";

/** What `deliver` did. */
export interface DeliverResult {
  readonly environment: string;
  readonly deliveries: readonly DeliveryReport[];
}

interface DeliverOptions {
  /** Delivers also what is where it belongs. */
  readonly force: boolean;
}

/**
 * Delivers what the state of an environment holds, without running its program.
 *
 * @throws EnvironmentFailure when there is no state, or a destination fails.
 */
export async function deliver(folder: string, name: string, { force }: DeliverOptions): Promise<DeliverResult> {
  const { environment, workspace, configuration } = await prepare(folder, name);
  const memory = findMemory(workspace, name, configuration);
  const state = await findState(workspace, name);
  if (state === null) throw new EnvironmentFailure(`${quoted(name)} does not exist; \`up ${name}\` sets it up`);
  const place = { folder: workspace.project.folder, name, memory, force };
  return { environment: name, deliveries: await deliverAll(place, environment.deliver, state) };
}
