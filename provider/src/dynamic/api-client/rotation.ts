import type { Client, ClientSecretInfo } from "xtremepush-access";
import { secretEnd } from "xtremepush-access/rules";
import { SECRET_VERSION_MAX, SecretOverlap, SecretVersion } from "xtremepush-access/schemas";
import { clientLabel } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";
import { Failure } from "../run/failure";
import type { Properties } from "../run/wire";

/** The version of the secret that a state or the inputs of one have; before there were versions, it was the first. */
export function versionOf({ secretVersion }: Properties): number {
  return typeof secretVersion === "number" ? secretVersion : 1;
}

/** Says what is wrong with the secret's version and overlap as a program gives them. */
export function rotationReasons(olds: Properties, { secretVersion, secretOverlap }: Properties): string[] {
  return [...versionReasons(secretVersion, versionOf(olds)), ...overlapReasons(secretOverlap)];
}

function versionReasons(given: unknown, before: number): string[] {
  if (given === UNKNOWN || given === undefined) return [];
  if (typeof given !== "number") return ["secretVersion: the version of a secret is a whole number"];
  const version = SecretVersion.safeParse(given);
  if (!version.success) return [`secretVersion: ${version.error.issues[0]?.message}`];
  if (version.data === 0 || version.data >= before) return [];
  const next = before < SECRET_VERSION_MAX ? `, ${before + 1} for a new one` : "";
  return [
    `secretVersion: it was ${before} and cannot go back to ${given}${given === 1 ? ", the default" : ""}; declare ${before} to keep that secret${next}, or 0 for none`,
  ];
}

function overlapReasons(given: unknown): string[] {
  if (given === UNKNOWN || given === undefined) return [];
  const message = 'an overlap is a whole number and its unit, s, m, h or d, for example "24h"';
  if (typeof given !== "string") return [`secretOverlap: ${message}`];
  const overlap = SecretOverlap.safeParse(given);
  return overlap.success ? [] : [`secretOverlap: ${overlap.error.issues[0]?.message ?? message}`];
}

/** A change of the secret's version that a program asks for. */
export interface Rotation {
  readonly version: number;
  /** The version of the secret in the state. */
  readonly before: number;
  readonly overlap: string | null;
  readonly now: Date;
}

/**
 * Refuses in the preview what the backend would refuse in the update.
 *
 * The backend has the last word: it knows each version that was, and not only the highest.
 *
 * @throws Failure when the version is taken, in use, or would be a third one that lives.
 */
export function assertRotatable(live: Client, rotation: Rotation): void {
  const { version } = rotation;
  if (version === 0) return;
  if (version === live.secretVersion) {
    assertReissuable(live);
    return;
  }
  const highest = highestOf(live);
  if (isTaken(live, version, highest)) {
    throw new Failure(
      `${clientLabel(live)} has had secret version ${highest} already, so it cannot have ${version}; ${wayAfter(highest)}`,
    );
  }
  assertRoom(live, rotation);
}

/** The highest version that there was; an older backend tells only of those that live. */
function highestOf({ secretVersion, secrets, nextSecretVersion: next }: Client): number {
  if (next !== undefined) return next === null ? SECRET_VERSION_MAX : next - 1;
  return Math.max(secretVersion, ...secrets.map((secret) => secret.version));
}

/** Below a higher version that a take-over has ended, those above the current one are free; without a current one none is. */
function isTaken({ secretVersion, secrets }: Client, version: number, highest: number): boolean {
  if (secretVersion === 0) return version <= highest;
  return version < secretVersion || version === highest || secrets.some((secret) => secret.version === version);
}

/** A version whose answer was lost is asked for again, as long as nobody has used its secret. */
function assertReissuable(live: Client): void {
  const current = currentOf(live);
  if (current?.firstUsedTime === null) return;
  const why = current === undefined ? "is dead" : `is in use since ${current.firstUsedTime}`;
  throw new Failure(
    `secret version ${live.secretVersion} of ${clientLabel(live)} ${why}, so its secret cannot be shown again; ${wayAfter(highestOf(live))}`,
  );
}

function wayAfter(highest: number): string {
  if (highest < SECRET_VERSION_MAX) return `declare secretVersion: ${highest + 1}`;
  return "it was the last: declare another client";
}

function assertRoom(live: Client, rotation: Rotation): void {
  const survivors = live.secrets.filter((secret) => endOf(secret, rotation) > rotation.now);
  const [first, second] = survivors.sort((one, other) => endsAt(one) - endsAt(other));
  if (first === undefined || second === undefined) return;
  throw new Failure(
    `${clientLabel(live)} has two live secrets already, and version ${first.version} lives until ${first.expiresTime}: ${unusedWay(live, rotation)}wait until then, or declare secretOverlap: "0s", which ends both of them at once`,
  );
}

/** A current secret that the state does not have and that nobody has used can be asked for: that ends none in use. */
function unusedWay(live: Client, { before }: Rotation): string {
  const current = currentOf(live);
  if (current === undefined || current.firstUsedTime !== null || current.version === before) return "";
  return `version ${current.version} was never used, so declare secretVersion: ${current.version} to get it, or `;
}

/** When a secret would end after the rotation. */
function endOf({ supersededTime, expiresTime }: ClientSecretInfo, { overlap, now }: Rotation): Date {
  const times = { supersededTime: timeOf(supersededTime), expiresTime: timeOf(expiresTime) };
  return secretEnd(times, { time: now, overlap: overlap ?? undefined });
}

/** When it ends if nothing changes: the current one does not. */
function endsAt({ expiresTime }: ClientSecretInfo): number {
  return timeOf(expiresTime)?.getTime() ?? Number.POSITIVE_INFINITY;
}

function timeOf(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}

/** Says that the secret in the state is not the client's current one any more, and the way on; null when it is. */
export function staleSecretMessage(live: Client, version: number): string | null {
  const own = live.secrets.find((secret) => secret.version === version);
  const isCurrent = live.secretVersion === version;
  if (isCurrent && own !== undefined) return null;
  const way = wayAfter(Math.max(highestOf(live), version));
  const isUnused = currentOf(live)?.firstUsedTime === null;
  const again = isUnused
    ? `, or ${live.secretVersion} to replace the live one, which nobody has used: it ends then`
    : "";
  const fate = own === undefined ? "does not work any more" : `works until ${own.expiresTime}`;
  const what = isCurrent
    ? `${clientLabel(live)}: `
    : `${clientLabel(live)} is at secret version ${live.secretVersion}, and `;
  return `${what}the secret of version ${version} in the state ${fate}; ${way} for a new one${again}`;
}

function currentOf(live: Client): ClientSecretInfo | undefined {
  return live.secrets.find(({ version }) => version === live.secretVersion);
}
