import type { Client } from "xtremepush-access";
import {
  clientSecrets,
  nextSecretVersion,
  planRotation,
  type RotatableSecret,
  type RotationRefusal,
  unusedSecret,
} from "xtremepush-access/rules";
import { SECRET_VERSION_MAX, SecretOverlap, SecretVersion } from "xtremepush-access/schemas";
import { clientLabel } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";
import { Failure } from "../run/failure";
import type { Properties } from "../run/wire";

/** Reads the secret's version in a state or its inputs. Those from before versions existed have the first. */
export function versionOf({ secretVersion }: Properties): number {
  return typeof secretVersion === "number" ? secretVersion : 1;
}

/** Lists what is wrong with the declared version and overlap. */
export function rotationReasons(olds: Properties, { secretVersion, secretOverlap }: Properties): string[] {
  return [...versionReasons(secretVersion, versionOf(olds)), ...overlapReasons(secretOverlap)];
}

/** A version that the program declares is its own: a run cannot be asked for a higher one. */
export function requestReasons({ secretVersion }: Properties, requested: number | null): string[] {
  if (requested === null || typeof secretVersion !== "number" || secretVersion >= requested) return [];
  return [
    `secretVersion: the program declares ${secretVersion}, so this run cannot rotate to ${requested}; declare ${requested}, or leave secretVersion out`,
  ];
}

function versionReasons(given: unknown, before: number): string[] {
  if (given === UNKNOWN || given === undefined) return [];
  if (typeof given !== "number") return ["secretVersion: the version of a secret is a whole number"];
  const version = SecretVersion.safeParse(given);
  if (!version.success) return [`secretVersion: ${version.error.issues[0]?.message}`];
  if (version.data === 0 || version.data >= before) return [];
  const next = before < SECRET_VERSION_MAX ? `, ${before + 1} for a new secret` : "";
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

/** A requested change of the secret's version. */
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
 * The backend decides in the end: it knows every earlier version, not only the highest.
 *
 * @throws Failure when the version is taken or in use, or would be a third live secret.
 */
export function assertRotatable(live: Client, { version, before, overlap, now }: Rotation): void {
  const asked = { secretVersion: version, secretOverlap: overlap ?? undefined };
  const plan = planRotation(clientSecrets(live), asked, now);
  if (plan.kind === "refused") throw new Failure(refusalMessage(live, plan, { version, before }));
}

function refusalMessage(
  live: Client,
  refusal: RotationRefusal<RotatableSecret>,
  { version, before }: Pick<Rotation, "version" | "before">,
): string {
  const client = clientLabel(live);
  switch (refusal.reason) {
    case "version_used": {
      const highest = highestBefore(refusal.nextVersion);
      return `${client} already had secret version ${highest}, so it cannot have version ${version}; ${describeNextVersion(highest)}`;
    }
    case "secret_dead":
    case "secret_used": {
      const why =
        refusal.reason === "secret_dead" ? "no longer works" : `is in use since ${refusal.firstUsedTime.toISOString()}`;
      const way = describeNextVersion(highestBefore(refusal.nextVersion));
      return `secret version ${version} of ${client} ${why}, so its secret cannot be shown again; ${way}`;
    }
    case "no_room": {
      const { first, until, unused } = refusal;
      return `${client} already has two live secrets, and version ${first.version} lives until ${until.toISOString()}: ${describeUnused(unused, before)}wait until then, or declare secretOverlap: "0s", which ends both immediately`;
    }
  }
}

/** An unused current secret that the state lacks can be requested again, without ending a secret in use. */
function describeUnused(unused: RotatableSecret | null, before: number): string {
  if (unused === null || unused.version === before) return "";
  return `version ${unused.version} was never used, so declare secretVersion: ${unused.version} to get it, or `;
}

function highestBefore(nextVersion: number | null): number {
  return nextVersion === null ? SECRET_VERSION_MAX : nextVersion - 1;
}

function describeNextVersion(highest: number): string {
  if (highest < SECRET_VERSION_MAX) return `declare secretVersion: ${highest + 1}`;
  return "there is no higher version: declare another client";
}

/** The secret in a state. */
interface Held {
  readonly version: number;
  /** When the client was last changed, as far as the state knows. */
  readonly updatedTime: string | undefined;
}

/** Warns that the secret in the state is no longer the client's current one, with the fix; null when it is current. */
export function staleSecretMessage(live: Client, { version, updatedTime }: Held): string | null {
  // After a restore of the database, or in place of an unused one, another secret may have the same version.
  const isOfState = ({ createdTime }: { readonly createdTime: string }) =>
    updatedTime === undefined || Date.parse(createdTime) <= Date.parse(updatedTime);
  const own = live.secrets.find((secret) => secret.version === version && isOfState(secret));
  const isCurrent = live.secretVersion === version;
  if (isCurrent && own !== undefined) return null;
  const secrets = clientSecrets(live);
  const way = describeNextVersion(Math.max(highestBefore(nextSecretVersion(secrets)), version));
  const again =
    isCurrent || unusedSecret(secrets) === null
      ? ""
      : `, or ${live.secretVersion} to replace the live secret, which was never used and then stops working`;
  const fate = own === undefined ? "no longer works" : `works until ${own.expiresTime}`;
  const what = isCurrent
    ? `${clientLabel(live)}: `
    : `${clientLabel(live)} is at secret version ${live.secretVersion}, and `;
  return `${what}the secret of version ${version} in the state ${fate}; ${way} for a new secret${again}; without effect while the program has secretVersion in ignoreChanges`;
}
