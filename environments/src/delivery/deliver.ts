import { AccessError } from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import type { Delivery } from "../file/delivery";
import type { StackState } from "../pulumi/stack-state";
import { type Credential, credentialOf, describeCredential } from "./credentials";
import type { Held, Removal } from "./destination";
import { destinationOf } from "./destination-of";
import { atPlaceOf, leftOf, withoutKept } from "./leftovers";
import type { DeliveryMemory } from "./memory";
import { type Delivered, hashOf, isSameDelivery, readRecord, writeRecord } from "./record";

/** Where the deliveries of one environment are. */
export interface DeliveryPlace {
  /** The folder of the program. */
  readonly folder: string;
  /** The name of the environment. */
  readonly name: string;
  /** What the backend remembers; without it, only this machine's record counts. */
  readonly memory?: DeliveryMemory | null;
}

/** What is delivered, and where. */
interface DeliveryAddress {
  /** `client "CRM sync"` or `output "apiKey"`. */
  readonly credential: string;
  /** The kind of its destination. */
  readonly destination: string;
  readonly place: string;
}

/** What a delivery did or found. */
export interface DeliveryReport<State extends string = "delivered" | "unchanged" | Removal> extends DeliveryAddress {
  readonly state: State;
}

/** A delivery that could not be done, and why. */
export interface FailedDelivery extends DeliveryAddress {
  /** Of a client only. */
  readonly clientId: string | null;
  readonly message: string;
}

/** A delivery that only the backend knows, and that nobody here knows how to remove. */
export interface UnknownDelivery {
  readonly clientId: string;
  readonly destination: string;
  readonly place: string;
  /** What it wrote there, such as variables. */
  readonly names: readonly string[];
}

/** Checks that every destination can be written, or taken from, before anything is changed. @throws EnvironmentFailure. */
export async function checkDestinations(
  { folder }: DeliveryPlace,
  deliveries: readonly Delivery[],
  isRemoval = false,
): Promise<void> {
  for (const delivery of deliveries) await destinationOf(delivery, folder).check(null, isRemoval);
}

/** What came of the deliveries of an environment. */
interface DeliveryOutcome {
  readonly reports: readonly DeliveryReport[];
  readonly failures: readonly FailedDelivery[];
}

interface DeliverSettings extends DeliveryPlace {
  /** Delivers also what is where it belongs. */
  readonly force?: boolean;
}

/**
 * Delivers every credential that is not yet where it belongs, and removes those that are no longer delivered.
 *
 * @throws EnvironmentFailure when the program lacks a credential, or after all others when a destination fails.
 */
export async function deliverAll(
  place: DeliverSettings,
  deliveries: readonly Delivery[],
  state: StackState,
): Promise<readonly DeliveryReport[]> {
  const { reports, failures } = await deliverEach(place, deliveries, state);
  assertNoneFailed(failures);
  return reports;
}

/** The same, with what failed in the answer. @throws EnvironmentFailure when the program lacks a credential. */
export async function deliverEach(
  place: DeliverSettings,
  deliveries: readonly Delivery[],
  state: StackState,
): Promise<DeliveryOutcome> {
  const credentials = deliveries.map((delivery) => ({ delivery, credential: credentialOf(delivery, state) }));
  const recorded = await readRecord(place.folder, place.name);
  const work: Work = { place, record: recorded, reports: [], failures: [] };
  for (const { delivery, credential } of credentials) {
    await attempt(work, { delivery, clientId: credential.clientId }, () => deliverOne(work, delivery, credential));
  }
  // An old delivery stays in the record, and in its place, until all that is new is where it belongs.
  if (work.failures.length > 0) return work;
  const isWanted = (delivery: Delivery) => deliveries.some((each) => isSameDelivery(each, delivery));
  const old = recorded.map(({ delivery }) => delivery).filter((each) => !isWanted(each));
  const removal: Work = { ...work, reports: [] };
  const isUnseen = atPlaceOf(await removeEach(removal, await leftOf(place, old, deliveries)), place.folder);
  const outcome = { reports: [...removal.reports, ...work.reports], failures: work.failures };
  if (work.failures.length > 0) return outcome;
  await place.memory?.forget(
    old.filter((each) => !isUnseen(each)),
    deliveries,
  );
  // What this token does not see may still work: the next run tries again, and until then it holds back the end of its secret.
  const isKept = ({ delivery }: Delivered) => isWanted(delivery) || isUnseen(delivery);
  await writeRecord(place.folder, place.name, work.record.filter(isKept));
  return outcome;
}

/** @throws EnvironmentFailure that names every delivery that failed. */
function assertNoneFailed(failures: readonly FailedDelivery[]): void {
  if (failures.length > 0) throw new EnvironmentFailure(failureText(failures));
}

/** Names every delivery that failed. */
export function failureText(failures: readonly FailedDelivery[]): string {
  const [first, second] = failures;
  if (first !== undefined && second === undefined) return first.message;
  const lines = failures.map(
    ({ credential, destination, place, message }) => `  ${credential} -> ${destination} ${word(place)}: ${message}`,
  );
  return [`${failures.length} deliveries failed:`, ...lines].join("\n");
}

/** What a run has done so far. */
interface Work {
  readonly place: DeliverSettings;
  record: readonly Delivered[];
  readonly reports: DeliveryReport[];
  readonly failures: FailedDelivery[];
}

async function deliverOne(work: Work, delivery: Delivery, credential: Credential): Promise<void> {
  const { place, record } = work;
  const held = place.force ? "unknown" : await heldBy(delivery, credential, { place, record });
  if (held !== "current") await destinationOf(delivery, place.folder).deliver(credential.values);
  work.record = withRecordOf(record, delivery, credential);
  await writeRecord(place.folder, place.name, work.record);
  await place.memory?.remember(delivery, credential).catch((error: unknown) => {
    if (!AccessError.is(error)) throw error;
    throw new EnvironmentFailure(`it is delivered, but the backend does not know yet; run it again: ${error.message}`);
  });
  work.reports.push(reportOf(delivery, place, held === "current" ? "unchanged" : "delivered"));
}

interface Attempted {
  readonly delivery: Delivery;
  readonly clientId: string | null;
}

/** One delivery that fails leaves the others to be done. */
async function attempt(
  { place, failures }: Work,
  { delivery, clientId }: Attempted,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof EnvironmentFailure) && !AccessError.is(error)) throw error;
    failures.push({ ...addressOf(delivery, place), clientId, message: error.message });
  }
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

/**
 * Finds what was delivered by an earlier file on another machine. Its settings are not known here, and the backend does not
 * have them on purpose: who can write them there could choose where this machine sends its tokens.
 */
export async function findUnknown(
  { folder, name, memory }: DeliveryPlace,
  deliveries: readonly Delivery[],
): Promise<readonly UnknownDelivery[]> {
  if (!memory) return [];
  const recorded = (await readRecord(folder, name)).map(({ delivery }) => delivery);
  const others = await memory.findOthers([...recorded, ...deliveries]);
  return others.map(({ client: clientId, destination, place, names }) => ({ clientId, destination, place, names }));
}

/** What came of a removal of all deliveries. */
interface RemovalOutcome {
  readonly reports: readonly DeliveryReport[];
  /** Those that were to be removed, but whose places this token does not see. They stay in the record. */
  readonly unseen: readonly Delivery[];
}

/**
 * Takes away what is or was delivered, without the names that are kept, and makes the backend forget it.
 *
 * @throws EnvironmentFailure after all others when a destination fails.
 */
export async function removeAll(
  place: DeliveryPlace,
  deliveries: readonly Delivery[],
  kept: readonly Delivery[] = [],
): Promise<RemovalOutcome> {
  const recorded = await readRecord(place.folder, place.name);
  const known = recorded.map(({ delivery }) => delivery);
  const old = known.filter((each) => !deliveries.some((delivery) => isSameDelivery(delivery, each)));
  const left = withoutKept(await leftOf(place, old, kept), deliveries);
  const work: Work = { place, record: recorded, reports: [], failures: [] };
  const unseen = await removeEach(work, [...left, ...deliveries]);
  assertNoneFailed(work.failures);
  const isUnseen = atPlaceOf(unseen, place.folder);
  await place.memory?.forget(
    [...known, ...deliveries].filter((each) => !isUnseen(each)),
    [],
  );
  const isKept = ({ delivery }: Delivered) => isUnseen(delivery);
  await writeRecord(place.folder, place.name, recorded.filter(isKept));
  return { reports: work.reports, unseen };
}

/** @returns the deliveries whose places this token does not see. */
async function removeEach(work: Work, deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
  const unseen: Delivery[] = [];
  for (const delivery of deliveries) {
    await attempt(work, { delivery, clientId: null }, async () => {
      const removal = await destinationOf(delivery, work.place.folder).remove();
      work.reports.push(reportOf(delivery, work.place, removal));
      if (removal === "left") unseen.push(delivery);
    });
  }
  return unseen;
}

interface Known {
  readonly place: DeliveryPlace;
  readonly record: readonly Delivered[];
}

async function heldBy(delivery: Delivery, credential: Credential, { place, record }: Known): Promise<Held> {
  const held = await destinationOf(delivery, place.folder).check(credential.values);
  if (held !== "unknown") return held;
  const last = record.find((each) => isSameDelivery(each.delivery, delivery));
  if (last?.hash === hashOf(credential)) return "current";
  // Another machine may have delivered it since.
  const remembered = (await place.memory?.held(delivery, credential)) ?? "unknown";
  return remembered === "unknown" && last !== undefined ? "stale" : remembered;
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
  { folder }: Pick<DeliveryPlace, "folder">,
  state: State,
): DeliveryReport<State> {
  return { ...addressOf(delivery, { folder }), state };
}

function addressOf(delivery: Delivery, { folder }: Pick<DeliveryPlace, "folder">): DeliveryAddress {
  const { kind, place } = destinationOf(delivery, folder);
  return { credential: describeCredential(delivery), destination: kind, place };
}
