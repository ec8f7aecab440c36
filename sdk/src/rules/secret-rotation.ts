import { SECRET_VERSION_MAX } from "../schemas";
import { secretEnd } from "./secret-end";

/** What the rule reads of a secret. */
export interface RotatableSecret {
  readonly version: number;
  readonly createdTime: Date;
  readonly firstUsedTime: Date | null;
  readonly supersededTime: Date | null;
  readonly expiresTime: Date | null;
}

/** The secrets of a client. */
export interface ClientSecrets<Secret extends RotatableSecret = RotatableSecret> {
  /** The version that the client is at; 0 is no secret. */
  readonly currentVersion: number;
  /** Versions that a secret of the client ever had, as far as they are known; the highest at least. */
  readonly usedVersions: readonly number[];
  /** Those that were not revoked; the rule leaves out those that have ended. */
  readonly secrets: readonly Secret[];
}

/** What a change asks of the secrets; a field left out leaves that part as it is. */
export interface SecretRequest {
  /** A higher version asks for the next secret, the current one for a fresh secret in place of an unused one, 0 for none. */
  readonly secretVersion?: number | undefined;
  /** How long each earlier secret lives on after it was replaced. */
  readonly secretOverlap?: string | undefined;
}

/** When an earlier secret ends. */
export interface SecretEnd<Secret> {
  readonly secret: Secret;
  readonly supersededTime: Date;
  /** Not after the time of the change: the secret ends at once. */
  readonly end: Date;
}

/** What a change does to the secrets. */
export interface RotationPlan<Secret> {
  readonly kind: "planned";
  /** The current version afterwards. */
  readonly version: number;
  /** Whether a secret of that version is made. */
  readonly makesSecret: boolean;
  /** The unused secret of the same version that the new one replaces. */
  readonly replaces: Secret | null;
  /** The earlier secrets whose end the change sets. */
  readonly ends: readonly SecretEnd<Secret>[];
}

/** Why a change of the secrets is refused; `nextVersion` is the lowest above all that there were, null after the last. */
export type RotationRefusal<Secret> = { readonly kind: "refused" } & (
  | { readonly reason: "version_used"; readonly version: number; readonly nextVersion: number | null }
  /** The current version is asked for again, and its secret has ended. */
  | { readonly reason: "secret_dead"; readonly nextVersion: number | null }
  /** The current version is asked for again, and somebody has its secret. */
  | { readonly reason: "secret_used"; readonly firstUsedTime: Date; readonly nextVersion: number | null }
  /** Two secrets live on already: the one that ends first, and when; and the current one while nobody has used it. */
  | { readonly reason: "no_room"; readonly first: Secret; readonly until: Date; readonly unused: Secret | null }
);

/** What becomes of the secrets of a client. */
export type SecretRotation<Secret> = { readonly kind: "unchanged" } | RotationPlan<Secret> | RotationRefusal<Secret>;

/**
 * Decides what becomes of the secrets of a client when a change asks for a version or an overlap.
 *
 * A version is had once, the versions go up, and at most two secrets live at a time. The current version can be asked
 * for again while nobody has used its secret, because its answer may have been lost.
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

/** The lowest version above every one that there was; null when the last was had. */
export function nextSecretVersion(client: ClientSecrets): number | null {
  const next = Math.max(client.currentVersion, ...client.usedVersions) + 1;
  return next <= SECRET_VERSION_MAX ? next : null;
}

/** The current secret of those given while nobody has used it; null otherwise. */
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

/** After a higher version that a take-over has ended, the versions below it are free, but not after "no secret". */
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

/** Nobody has had the replaced secret: the overlap of the one before it begins when there is one to use. */
function endAfterReissue<Secret extends RotatableSecret>(
  secret: Secret,
  change: VersionChange,
  replacedCreation: Date,
): SecretEnd<Secret> {
  const { supersededTime, end } = endOf(secret, change);
  // What version 0 has ended does not wait for it; and none ends sooner, where the clocks of replicas differ.
  const passed = supersededTime < replacedCreation ? 0 : Math.max(0, change.time.getTime() - supersededTime.getTime());
  return {
    secret,
    supersededTime: new Date(supersededTime.getTime() + passed),
    end: new Date(end.getTime() + passed),
  };
}

/** When it ends if nothing changes: the current one does not. */
function endsAt({ secret }: SecretEnd<RotatableSecret>): number {
  return secret.expiresTime?.getTime() ?? Number.POSITIVE_INFINITY;
}
