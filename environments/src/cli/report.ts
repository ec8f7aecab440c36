import { quoted, word } from "xtremepush-access/text";
import { accessLines } from "xtremepush-access-review";
import type { DeliveryReport } from "../delivery/deliver";
import type { DeliverResult } from "../run/deliver";
import { type DownResult, describeLeft, describeNamed } from "../run/down";
import type { RotationReport } from "../run/end-old-secrets";
import type { PreviewResult } from "../run/preview";
import type { StatusResult } from "../run/status";
import type { UpResult } from "../run/up";
import { lifetimeFacts, lockFacts } from "./record-facts";

/** The report of `up` as lines. */
export function upLines(result: UpResult, colour: boolean): string[] {
  const { environment, clients, access, deliveries, rotations } = result;
  if (!isChanged(result)) {
    const left = deliveries.filter(({ state }) => state === "left");
    const delivered = deliveries.length === left.length ? "" : ", and every credential is where it belongs";
    return [
      `Nothing changed: ${word(environment)} is as declared${delivered}.`,
      ...deliveryLines("No longer delivered", left),
      ...earlierLines(result),
    ];
  }
  return [
    ...accessLines(access, { colour }),
    "",
    `The clients of ${word(environment)}:`,
    ...(clients.length === 0
      ? ["  none"]
      : clients.map(({ name, clientId }) => `  ${quoted(name)}  ${word(clientId)}`)),
    ...deliveryLines("Credentials", deliveries),
    ...(rotations.length === 0 ? [] : ["", "Rotated:"]),
    ...rotations.map(rotationLine),
    ...earlierLines(result),
  ];
}

/** The secrets that a rotation has left, and how to end them. */
function earlierLines({ environment, earlierSecrets }: Pick<StatusResult, "environment" | "earlierSecrets">): string[] {
  if (earlierSecrets.length === 0) return [];
  return [
    "",
    "Earlier secrets that still work:",
    ...earlierSecrets.map(({ client, version, end, isDelivered }) => {
      const command = `xtremepush-access-env up ${word(environment)} --rotate ${quoted(client)} --overlap 0s`;
      const fix = isDelivered && PLAIN_NAME.test(client) ? `; to end it now, run \`${command}\`` : "";
      return `  ${quoted(client)}  version ${version}, until ${end ?? "it is replaced"}${fix}`;
    }),
  ];
}

/** A name that every shell takes as it is between double quotes. */
const PLAIN_NAME = /^\w[\w .-]*$/;

function rotationLine({ client, version, isBegun, earlier }: RotationReport): string {
  const made = `${quoted(client)}  version ${version}${isBegun ? ", which an earlier run made" : ""}`;
  const left = earlier.map(({ version, end }) => `version ${version} works until ${end ?? "it is replaced"}`);
  return `  ${made}; ${left.length === 0 ? "every earlier one has ended" : left.join(", ")}`;
}

/** Whether a run of `up` changed anything. */
export function isChanged({ made, changes, deliveries, rotations }: UpResult): boolean {
  // A configuration that is written again from its template, in a fresh checkout, is no change.
  const isMade = made.project !== null || made.stack;
  return (
    isMade ||
    rotations.length > 0 ||
    Object.keys(changes).length > 0 ||
    deliveries.some(({ state }) => state !== "unchanged" && state !== "left")
  );
}

/** The report of `preview` as lines. */
export function previewLines({ environment, exists, access, deliveries }: PreviewResult, colour: boolean): string[] {
  return [
    ...(exists ? [] : [`${word(environment)} does not exist; this is what its program declares.`]),
    ...accessLines(access, { colour }),
    ...(deliveries.length === 0 ? [] : ["", "`up` delivers:"]),
    ...deliveries.map(({ credential, destination, place }) => `  ${credential} -> ${destination} ${word(place)}`),
  ];
}

/** The report of `deliver` as lines. */
export function deliverLines({ environment, deliveries }: DeliverResult): string[] {
  if (deliveries.length === 0) return [`${word(environment)} delivers nothing.`];
  return deliveryLines("Credentials", deliveries).slice(1);
}

/** The report of `down` as lines. */
export function downLines(result: DownResult): string[] {
  const { environment, existed, clients, deliveries, left, shared, unseen } = result;
  const stays = [...sharedLines(shared), ...unseenLines(result)];
  if (!existed) {
    const rest = shared.length + unseen.length === 0 ? "nothing is left of it" : "nothing else is left of it";
    return [`${word(environment)} does not exist: ${rest}.`, ...stays];
  }
  return [
    `${word(environment)} is down.`,
    ...(clients.length === 0 ? [] : ["", "Deleted clients:"]),
    ...clients.map(({ name, clientId }) => `  ${quoted(name)}  ${word(clientId)}`),
    ...deliveryLines(
      "Credentials",
      deliveries.filter(({ state }) => state !== "left"),
    ),
    ...(left.length === 0
      ? []
      : ["", "Left behind, because access-env.yaml no longer says how to remove it; do it by hand:"]),
    ...left.map((each) => `  ${describeLeft(each)}`),
    ...stays,
  ];
}

function sharedLines(shared: DownResult["shared"]): string[] {
  if (shared.length === 0) return [];
  return [
    "",
    "Left in place, because another environment may use the same name; remove it by hand when none does:",
    ...shared.map((each) => `  ${describeNamed(each)}`),
  ];
}

function unseenLines({ environment, unseen }: Pick<DownResult, "environment" | "unseen">): string[] {
  if (unseen.length === 0) return [];
  return [
    "",
    `Left behind, because ${UNSEEN}; run \`xtremepush-access-env down ${word(environment)}\` again with one that does, or remove it by hand:`,
    ...unseen.map((each) => `  ${describeNamed(each)}`),
  ];
}

/** The report of `status` as lines. */
export function statusLines(result: StatusResult): string[] {
  const { environment, exists, clients, interrupted, deliveries, elsewhere, unasked, lock, unknown } = result;
  const facts = [...(result.protected ? ["protected"] : []), ...lifetimeFacts(result), ...lockFacts(lock)];
  return [
    [`${word(environment)} ${exists ? "exists" : "does not exist"}`, ...facts].join(", "),
    ...(interrupted ? ["A run died before it had finished; the next `up` or `down` finishes it."] : []),
    ...(clients.length === 0 ? [] : ["", "Clients:"]),
    ...clients.map(
      ({ name, clientId, secretVersion, project }) =>
        `  ${quoted(name)}  ${word(clientId)}  ${secretVersion === 0 ? "no secret" : `secret version ${secretVersion}`}  project ${word(project)}`,
    ),
    ...earlierLines(result),
    ...deliveryLines("Credentials", deliveries),
    ...(elsewhere.length === 0 ? [] : ["", "Delivered elsewhere:"]),
    ...elsewhere.map(
      (each) =>
        `  ${each.state}  client ${quoted(each.client)} -> ${word(each.destination)} ${word(each.place)} of ${word(each.environment)}`,
    ),
    ...(unasked === null ? [] : ["", `The backend was not asked what is stale: ${unasked}.`]),
    ...(unknown === null || unasked !== null ? [] : ["", unknown]),
  ];
}

const UNSEEN = "the place is not there, or this token may not see it";

function deliveryLines(title: string, deliveries: readonly DeliveryReport<string>[]): string[] {
  if (deliveries.length === 0) return [];
  const rows = deliveries.map(
    ({ credential, destination, place, state }) =>
      `  ${state}  ${credential} -> ${destination} ${word(place)}${state === "left" ? `: ${UNSEEN}; run it again with one that does` : ""}`,
  );
  return ["", `${title}:`, ...rows];
}
