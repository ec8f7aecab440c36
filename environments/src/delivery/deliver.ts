import path from "node:path";
import { EnvironmentFailure } from "../environment-failure";
import type { Delivery } from "../file/delivery";
import type { StackState } from "../pulumi/stack-state";
import { type Credential, credentialOf, describeCredential } from "./credentials";
import type { Held } from "./destination";
import { destinationOf } from "./destination-of";
import { type Delivered, hashOf, isSameDelivery, readOtherRecords, readRecord, writeRecord } from "./record";

/** Where the deliveries of one environment are. */
export interface DeliveryPlace {
  /** The folder of the program. */
  readonly folder: string;
  /** The name of the environment. */
  readonly name: string;
}

/** What a delivery did or found. */
export interface DeliveryReport<State extends string = "delivered" | "unchanged" | "removed"> {
  /** `client "CRM sync"` or `output "apiKey"`. */
  readonly credential: string;
  /** The kind of its destination. */
  readonly destination: string;
  readonly place: string;
  readonly state: State;
}

/** Checks that every destination can be written, before anything is changed. @throws EnvironmentFailure. */
export async function checkDestinations({ folder }: DeliveryPlace, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) await destinationOf(delivery, folder).check(null);
}

/**
 * Delivers every credential that is not yet where it belongs, and removes those that are no longer delivered.
 *
 * @throws EnvironmentFailure when the program lacks a credential, or after all others when a destination fails.
 */
export async function deliverAll(
  place: DeliveryPlace,
  deliveries: readonly Delivery[],
  state: StackState,
): Promise<DeliveryReport[]> {
  const credentials = deliveries.map((delivery) => ({ delivery, credential: credentialOf(delivery, state) }));
  const recorded = await readRecord(place.folder, place.name);
  const isWanted = ({ delivery }: Delivered) => deliveries.some((each) => isSameDelivery(each, delivery));
  const old = recorded.filter((each) => !isWanted(each));
  const removed = await removeEach(place, await leftOf(place, old, deliveries));
  // An old delivery stays in the record until its variables hold what the new one brings.
  let record = recorded;
  const reports: DeliveryReport[] = [];
  const failures: EnvironmentFailure[] = [];
  for (const { delivery, credential } of credentials) {
    try {
      const held = await heldBy(delivery, credential, { place, record });
      if (held !== "current") await destinationOf(delivery, place.folder).deliver(credential.values);
      record = withRecordOf(record, delivery, credential);
      await writeRecord(place.folder, place.name, record);
      reports.push(reportOf(delivery, place, held === "current" ? "unchanged" : "delivered"));
    } catch (error) {
      if (!(error instanceof EnvironmentFailure)) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  await writeRecord(place.folder, place.name, record.filter(isWanted));
  return [...removed, ...reports];
}

/** What is left to remove of old deliveries: not what another environment delivers there by now. */
async function leftOf({ folder, name }: DeliveryPlace, old: readonly Delivered[], deliveries: readonly Delivery[]) {
  if (old.length === 0) return [];
  const others = (await readOtherRecords(folder, name)).map(({ delivery }) => delivery);
  return old
    .filter(({ delivery }) => !others.some((other) => isSameDelivery(other, delivery)))
    .flatMap(({ delivery }) => withoutKept(delivery, [...deliveries, ...others]));
}

/** What is left to remove of an old delivery: a variable that still gets a credential changes where it is. */
function withoutKept(old: Delivery, deliveries: readonly Delivery[]): { readonly delivery: Delivery }[] {
  const { dotenv } = old;
  if (dotenv === undefined) return [{ delivery: old }];
  const sameFile = deliveries.flatMap((each) =>
    each.dotenv !== undefined && path.normalize(each.dotenv.file) === path.normalize(dotenv.file) ? [each.dotenv] : [],
  );
  const left = Object.entries(dotenv.variables).filter(
    ([variable]) => !sameFile.some(({ variables }) => Object.hasOwn(variables, variable)),
  );
  if (left.length === 0) return [];
  return [{ delivery: { ...old, dotenv: { ...dotenv, variables: Object.fromEntries(left) } } }];
}

/** What the destinations of an environment hold. A destination that cannot be read is judged by the record. */
export async function deliveryStates(
  place: DeliveryPlace,
  deliveries: readonly Delivery[],
  state: StackState,
): Promise<DeliveryReport<Held>[]> {
  const record = await readRecord(place.folder, place.name);
  const reports: DeliveryReport<Held>[] = [];
  for (const delivery of deliveries) {
    reports.push(reportOf(delivery, place, await stateOf(delivery, state, { place, record })));
  }
  return reports;
}

/** What the stack does not have, as before its first successful run, is missing everywhere. */
async function stateOf(delivery: Delivery, state: StackState, known: Known): Promise<Held> {
  let credential: Credential;
  try {
    credential = credentialOf(delivery, state);
  } catch (error) {
    if (error instanceof EnvironmentFailure) return "missing";
    throw error;
  }
  return heldBy(delivery, credential, known);
}

/** Takes away what is or was delivered. */
export async function removeAll(place: DeliveryPlace, deliveries: readonly Delivery[]): Promise<DeliveryReport[]> {
  const recorded = await readRecord(place.folder, place.name);
  const old = recorded.filter((each) => !deliveries.some((delivery) => isSameDelivery(delivery, each.delivery)));
  const left = await leftOf(place, old, []);
  const removed = await removeEach(place, [...left, ...deliveries.map((delivery) => ({ delivery }))]);
  await writeRecord(place.folder, place.name, []);
  return removed;
}

async function removeEach(
  place: DeliveryPlace,
  deliveries: readonly { readonly delivery: Delivery }[],
): Promise<DeliveryReport[]> {
  const reports: DeliveryReport[] = [];
  for (const { delivery } of deliveries) {
    await destinationOf(delivery, place.folder).remove();
    reports.push(reportOf(delivery, place, "removed"));
  }
  return reports;
}

interface Known {
  readonly place: DeliveryPlace;
  readonly record: readonly Delivered[];
}

async function heldBy(delivery: Delivery, credential: Credential, { place, record }: Known): Promise<Held> {
  const held = await destinationOf(delivery, place.folder).check(credential.values);
  if (held !== "unknown") return held;
  const last = record.find((each) => isSameDelivery(each.delivery, delivery));
  if (last === undefined) return "unknown";
  return last.hash === hashOf(credential) ? "current" : "stale";
}

/** Keeps the time at which these values came there first. */
function withRecordOf(record: readonly Delivered[], delivery: Delivery, credential: Credential): Delivered[] {
  const { clientId, secretVersion } = credential;
  const hash = hashOf(credential);
  const last = record.find((each) => isSameDelivery(each.delivery, delivery));
  const others = record.filter((each) => each !== last);
  const deliveredTime = last?.hash === hash ? last.deliveredTime : new Date().toISOString();
  return [...others, { delivery, clientId, secretVersion, hash, deliveredTime }];
}

function reportOf<State extends string>(
  delivery: Delivery,
  { folder }: DeliveryPlace,
  state: State,
): DeliveryReport<State> {
  const { kind, place } = destinationOf(delivery, folder);
  return { credential: describeCredential(delivery), destination: kind, place, state };
}
