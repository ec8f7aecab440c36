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
      return `${client} has had secret version ${highest} already, so it cannot have ${version}; ${wayAfter(highest)}`;
    }
    case "secret_dead":
    case "secret_used": {
      const why =
        refusal.reason === "secret_dead" ? "is dead" : `is in use since ${refusal.firstUsedTime.toISOString()}`;
      const way = wayAfter(highestBefore(refusal.nextVersion));
      return `secret version ${version} of ${client} ${why}, so its secret cannot be shown again; ${way}`;
    }
    case "no_room": {
      const { first, until, unused } = refusal;
      return `${client} already has two live secrets, and version ${first.version} lives until ${until.toISOString()}: ${unusedWay(unused, before)}wait until then, or declare secretOverlap: "0s", which ends both of them at once`;
    }
  }
}

/** A current secret that the state does not have and that nobody has used can be asked for: that ends none in use. */
function unusedWay(unused: RotatableSecret | null, before: number): string {
  if (unused === null || unused.version === before) return "";
  return `version ${unused.version} was never used, so declare secretVersion: ${unused.version} to get it, or `;
}

function highestBefore(nextVersion: number | null): number {
  return nextVersion === null ? SECRET_VERSION_MAX : nextVersion - 1;
}

function wayAfter(highest: number): string {
  if (highest < SECRET_VERSION_MAX) return `declare secretVersion: ${highest + 1}`;
  return "it was the last: declare another client";
}

/** Says that the secret in the state is not the client's current one any more, and what to do; null when it is. */
export function staleSecretMessage(live: Client, version: number): string | null {
  const own = live.secrets.find((secret) => secret.version === version);
  const isCurrent = live.secretVersion === version;
  if (isCurrent && own !== undefined) return null;
  const secrets = clientSecrets(live);
  const way = wayAfter(Math.max(highestBefore(nextSecretVersion(secrets)), version));
  const again =
    unusedSecret(secrets) === null
      ? ""
      : `, or ${live.secretVersion} to replace the live one, which nobody has used: it ends then`;
  const fate = own === undefined ? "does not work any more" : `works until ${own.expiresTime}`;
  const what = isCurrent
    ? `${clientLabel(live)}: `
    : `${clientLabel(live)} is at secret version ${live.secretVersion}, and `;
  return `${what}the secret of version ${version} in the state ${fate}; ${way} for a new one${again}`;
}
