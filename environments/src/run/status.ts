import { AccessError, type EnvironmentLock } from "xtremepush-access";
import { isDeliveryCurrent } from "xtremepush-access/rules";
import { type DeliveryReport, deliveryStates } from "../delivery/deliver";
import type { Held } from "../delivery/destination";
import type { DeliveryMemory } from "../delivery/memory";
import { EnvironmentFailure } from "../environment-failure";
import { type Environment, findEnvironment } from "../file/find-environment";
import { readAccessEnv } from "../file/read-access-env";
import { findState } from "../pulumi/stack";
import type { StateClient } from "../pulumi/stack-state";
import { configurationOf } from "../pulumi/stack-template";
import { openWorkspace, type Workspace } from "../pulumi/workspace";
import { backendsOf, findRecords } from "./backend-records";
import { findMemory } from "./delivery-memory";
import { type EarlierSecret, findEarlierSecrets } from "./earlier-secrets";

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
  /** The secrets of before that still work. */
  readonly earlierSecrets: readonly EarlierSecret[];
  /** Whether a run that died left resources half created. */
  readonly interrupted: boolean;
  readonly deliveries: readonly DeliveryReport<Held>[];
  /** What other environments delivered of these clients, and this one to places that the file no longer names. */
  readonly elsewhere: readonly ElsewhereDelivery[];
  /** Why the backend was not asked; null when it was. */
  readonly unasked: string | null;
  /** When its time to live is over; null for one that stays, or that the backend does not know. */
  readonly expiresTime: string | null;
  /** The run that is changing it, or died while it did. */
  readonly lock: EnvironmentLock | null;
  /** Why the end and the lock are not known; null when they are. */
  readonly unknown: string | null;
}

/** A delivery that only the backend knows. */
export interface ElsewhereDelivery {
  readonly client: string;
  readonly environment: string;
  readonly destination: string;
  readonly place: string;
  readonly secretVersion: number | null;
  readonly state: "current" | "stale";
}

/** Says what an environment has, and whether each destination holds the credential of now. @throws EnvironmentFailure. */
export async function status(folder: string, name: string): Promise<StatusResult> {
  const file = await readAccessEnv(folder);
  const environment = findEnvironment(file, name);
  const workspace = await openWorkspace(folder, process.env);
  const state = await findState(workspace, name);
  const { records, unknown } = await findRecords(backendsOf(file, workspace), workspace.project.name);
  const record = records.find((each) => each.name === name);
  const known = { expiresTime: record?.expiresTime ?? null, lock: record?.lock ?? null, unknown };
  const facts = { environment: name, protected: environment.protected, ttl: environment.ttl, ...known };
  if (state === null)
    return {
      ...facts,
      exists: false,
      clients: [],
      earlierSecrets: [],
      interrupted: false,
      deliveries: [],
      elsewhere: [],
      unasked: null,
    };
  const { memory, unasked } = await askedMemory(workspace, environment, state.clients);
  const place = { folder: workspace.project.folder, name, memory };
  return {
    ...facts,
    exists: true,
    clients: state.clients.map(({ name, clientId, secretVersion, project }) => ({
      ...{ name, clientId, secretVersion, project },
    })),
    earlierSecrets: await findEarlierSecrets(memory, state.clients, environment.deliver),
    interrupted: state.pendingCreates > 0,
    deliveries: await deliveryStates(place, environment.deliver, state),
    elsewhere: memory === null ? [] : await findElsewhere(memory, environment, state.clients),
    unasked,
  };
}

/** The memory of a backend that answers; the state says enough without it. */
async function askedMemory(
  workspace: Workspace,
  environment: Environment,
  clients: readonly StateClient[],
): Promise<{ readonly memory: DeliveryMemory | null; readonly unasked: string | null }> {
  try {
    const { configuration } = await configurationOf(workspace.project, environment);
    const memory = findMemory(workspace, environment.name, configuration);
    await Promise.all(clients.map(({ clientId }) => memory?.recall(clientId)));
    return { memory, unasked: memory === null ? "its address and its token are not known here" : null };
  } catch (error) {
    if (!(error instanceof EnvironmentFailure) && !AccessError.is(error)) throw error;
    return { memory: null, unasked: error.message };
  }
}

async function findElsewhere(
  memory: DeliveryMemory,
  { deliver }: Environment,
  clients: readonly StateClient[],
): Promise<ElsewhereDelivery[]> {
  const recalled = await Promise.all(clients.map(({ clientId }) => memory.recall(clientId)));
  return recalled.flatMap((each) =>
    each === null
      ? []
      : each.deliveries
          .filter((delivery) => !memory.isOf(delivery, deliver))
          .map(({ environment, destination, place, secretVersion, ...delivery }) => ({
            ...{ client: each.client.name, environment, destination, place, secretVersion },
            state: isDeliveryCurrent(each.client, { ...delivery, secretVersion }) ? "current" : "stale",
          })),
  );
}
