import { SECRET_VERSION_MAX } from "../schemas";
import { secretEnd } from "./secret-end";

/** The fields of a secret that the rule reads. */
export interface RotatableSecret {
  readonly version: number;
  readonly createdTime: Date;
  readonly firstUsedTime: Date | null;
  readonly supersededTime: Date | null;
  readonly expiresTime: Date | null;
}

/** The secrets of a client. */
export interface ClientSecrets<Secret extends RotatableSecret = RotatableSecret> {
  /** The current version; 0 means no secret. */
  readonly currentVersion: number;
  /** The known versions that the client has used so far, at least the highest. */
  readonly usedVersions: readonly number[];
  /** The secrets that were not revoked; the rule ignores expired ones. */
  readonly secrets: readonly Secret[];
}

/** The requested change of the secrets; a field left out changes nothing. */
export interface SecretRequest {
  /** A higher version asks for the next secret, the current version replaces an unused secret, 0 asks for none. */
  readonly secretVersion?: number | undefined;
  /** How long each earlier secret stays valid after it was replaced. */
  readonly secretOverlap?: string | undefined;
}

/** When an earlier secret ends. */
export interface SecretEnd<Secret> {
  readonly secret: Secret;
  readonly supersededTime: Date;
  /** When this is not after the time of the change, the secret ends at once. */
  readonly end: Date;
}

/** What a change does to the secrets. */
export interface RotationPlan<Secret> {
  readonly kind: "planned";
  /** The current version afterwards. */
  readonly version: number;
  /** Whether the change creates a secret of that version. */
  readonly makesSecret: boolean;
  /** The unused secret of the same version that the new one replaces. */
  readonly replaces: Secret | null;
  /** The earlier secrets whose end the change sets. */
  readonly ends: readonly SecretEnd<Secret>[];
}

/** Why a change is refused; `nextVersion` is the lowest version that is still free, null when none is. */
export type RotationRefusal<Secret> = { readonly kind: "refused" } & (
  | { readonly reason: "version_used"; readonly version: number; readonly nextVersion: number | null }
  /** The change asks for the current version again, but its secret has expired. */
  | { readonly reason: "secret_dead"; readonly nextVersion: number | null }
  /** The change asks for the current version again, but its secret is in use. */
  | { readonly reason: "secret_used"; readonly firstUsedTime: Date; readonly nextVersion: number | null }
  /** Two secrets are already valid: `first` ends at `until`; `unused` is the current secret if it was never used. */
  | { readonly reason: "no_room"; readonly first: Secret; readonly until: Date; readonly unused: Secret | null }
);

/** What a change does to the secrets of a client, or why it is refused. */
export type SecretRotation<Secret> = { readonly kind: "unchanged" } | RotationPlan<Secret> | RotationRefusal<Secret>;

/**
 * Decides what happens to the secrets of a client when a change asks for a version or an overlap.
 *
 * Each version is used once, versions go up, and at most two secrets are valid at a time. A change can ask for the
 * current version again while its secret is unused, because the answer with that secret may have been lost.
 */
export function planRotation<Secret extends RotatableSecret>(
  client: ClientSecrets<Secret>,
  asked: SecretRequest,
  now: Date,
): SecretRotation<Secret> {
  const state = {
    ...client,
    secrets: client.secrets.filter(({ expiresTime }) => expiresTime === null || expiresTime > now),
  };
  const { secretVersion: version = client.currentVersion, secretOverlap } = asked;
  const change = { version, overlap: secretOverlap, time: now };
  if (version !== client.currentVersion) return planNext(state, change);
  if (asked.secretVersion !== undefined && version !== 0) return planReissue(state, change);
  return planOverlap(state, change);
}

/** Returns the lowest version above every version used so far; null when the last version is used. */
export function nextSecretVersion(client: ClientSecrets): number | null {
  const next = Math.max(client.currentVersion, ...client.usedVersions) + 1;
  return next <= SECRET_VERSION_MAX ? next : null;
}

/** Returns the current secret if it was never used; null otherwise. */
export function unusedSecret<Secret extends RotatableSecret>(client: ClientSecrets<Secret>): Secret | null {
  const current = client.secrets.find(({ version }) => version === client.currentVersion);
  return current?.firstUsedTime === null ? current : null;
}

interface VersionChange {
  readonly version: number;
  readonly overlap: string | undefined;
  readonly time: Date;
}

function planNext<Secret extends RotatableSecret>(
  client: ClientSecrets<Secret>,
  change: VersionChange,
): SecretRotation<Secret> {
  const { version, time } = change;
  const ends = client.secrets.map((secret) => endOf(secret, change));
  const plan = { kind: "planned", version, makesSecret: version !== 0, replaces: null, ends } as const;
  if (version === 0) return plan;
  if (isUsed(client, version)) {
    return { kind: "refused", reason: "version_used", version, nextVersion: nextSecretVersion(client) };
  }
  const survivors = ends.filter(({ end }) => end > time).sort((one, other) => endsAt(one) - endsAt(other));
  const [first, second] = survivors;
  if (first === undefined || second === undefined) return plan;
  const until = first.secret.expiresTime ?? first.end;
  return { kind: "refused", reason: "no_room", first: first.secret, until, unused: unusedSecret(client) };
}

/** When a take-over has ended a higher version, the versions below it are free again, but not after version 0. */
function isUsed(client: ClientSecrets, version: number): boolean {
  const { currentVersion, usedVersions } = client;
  if (currentVersion === 0) return version <= Math.max(0, ...usedVersions);
  return version <= currentVersion || usedVersions.includes(version);
}

function planReissue<Secret extends RotatableSecret>(
  client: ClientSecrets<Secret>,
  change: VersionChange,
): SecretRotation<Secret> {
  const { version } = change;
  const current = client.secrets.find((secret) => secret.version === version);
  const nextVersion = nextSecretVersion(client);
  if (current === undefined) return { kind: "refused", reason: "secret_dead", nextVersion };
  const { firstUsedTime, createdTime } = current;
  if (firstUsedTime !== null) return { kind: "refused", reason: "secret_used", firstUsedTime, nextVersion };
  const ends = client.secrets
    .filter((secret) => secret !== current)
    .map((secret) => endAfterReissue(secret, change, createdTime));
  return { kind: "planned", version, makesSecret: true, replaces: current, ends };
}

function planOverlap<Secret extends RotatableSecret>(
  client: ClientSecrets<Secret>,
  change: VersionChange,
): SecretRotation<Secret> {
  const { version, overlap } = change;
  if (overlap === undefined) return { kind: "unchanged" };
  const ends = client.secrets
    .filter((secret) => secret.version !== version)
    .map((secret) => endOf(secret, change))
    .filter(({ secret, end }) => secret.expiresTime?.getTime() !== end.getTime());
  if (ends.length === 0) return { kind: "unchanged" };
  return { kind: "planned", version, makesSecret: false, replaces: null, ends };
}

function endOf<Secret extends RotatableSecret>(secret: Secret, { time, overlap }: VersionChange): SecretEnd<Secret> {
  return { secret, supersededTime: secret.supersededTime ?? time, end: secretEnd(secret, { time, overlap }) };
}

/** The replaced secret was never used, so the overlap of the secret before it starts with its replacement. */
function endAfterReissue<Secret extends RotatableSecret>(
  secret: Secret,
  change: VersionChange,
  replacedCreation: Date,
): SecretEnd<Secret> {
  const { supersededTime, end } = endOf(secret, change);
  // A secret that version 0 ended is not extended, and none ends sooner when the clocks of replicas differ.
  const passed = supersededTime < replacedCreation ? 0 : Math.max(0, change.time.getTime() - supersededTime.getTime());
  return {
    secret,
    supersededTime: new Date(supersededTime.getTime() + passed),
    end: new Date(end.getTime() + passed),
  };
}

/** When the secret ends without the change; the current one does not end. */
function endsAt({ secret }: SecretEnd<RotatableSecret>): number {
  return secret.expiresTime?.getTime() ?? Number.POSITIVE_INFINITY;
}
