import { type DeliveryReport, deliveryStates } from "../delivery/deliver";
import type { Held } from "../delivery/destination";
import { findEnvironment } from "../file/find-environment";
import { readAccessEnv } from "../file/read-access-env";
import { findState } from "../pulumi/stack";
import { openWorkspace } from "../pulumi/workspace";

/** What an environment has. */
export interface StatusResult {
  readonly environment: string;
  readonly exists: boolean;
  readonly protected: boolean;
  readonly ttl: string | null;
  readonly clients: readonly {
    readonly name: string;
    readonly clientId: string;
    readonly secretVersion: number;
    readonly project: string;
  }[];
  /** Whether a run that died left resources half created. */
  readonly interrupted: boolean;
  readonly deliveries: readonly DeliveryReport<Held>[];
}

/** Says what an environment has, and whether each destination holds the credential of now. @throws EnvironmentFailure. */
export async function status(folder: string, name: string): Promise<StatusResult> {
  const environment = findEnvironment(await readAccessEnv(folder), name);
  const workspace = await openWorkspace(folder, process.env);
  const state = await findState(workspace, name);
  const facts = { environment: name, protected: environment.protected, ttl: environment.ttl };
  if (state === null) return { ...facts, exists: false, clients: [], interrupted: false, deliveries: [] };
  const place = { folder: workspace.project.folder, name };
  return {
    ...facts,
    exists: true,
    clients: state.clients.map(({ clientSecret: _, ...client }) => client),
    interrupted: state.pendingCreates > 0,
    deliveries: await deliveryStates(place, environment.deliver, state),
  };
}
