import {
  type AccessClient,
  type Client,
  type ClientChanged,
  ConflictError,
  RevisionMismatchError,
} from "xtremepush-access";
import { clientSecrets, nextSecretVersion, unusedSecret } from "xtremepush-access/rules";
import { SECRET_VERSION_MAX } from "xtremepush-access/schemas";
import { clientLabel, visible } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";

/** A request for a new secret. */
interface Rotation {
  readonly project: string;
  readonly client: string;
  /** The next version by default. */
  readonly to?: number | undefined;
  readonly overlap?: string | undefined;
}

/** One attempt of a rotation. */
interface Step {
  readonly version: number;
  readonly revision: number;
  /** The client as the previous attempt seems to have left it. */
  readonly lost: Client | null;
}

/** A client with its new secret. */
export interface Rotated {
  readonly client: ClientChanged;
  /** Who created the unused secret that it replaces, and when; null when this actor did, or there was none. */
  readonly replaced: { readonly actor: string; readonly time: string } | null;
}

const ATTEMPTS = 5;

/**
 * Creates a secret. After a lost answer it meets its own change: it requests that version again, as long as the lost secret
 * is unused. Without a lost answer, the change is somebody else's, who has received that secret.
 */
export async function rotate(access: AccessClient, asked: Rotation): Promise<Rotated> {
  const before = await access.clients.get(asked.project, asked.client);
  let step: Step = { version: asked.to ?? nextVersion(before), revision: before.revision, lost: null };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const client = await send(access, asked, step);
      return { client, replaced: replacedBy(client, step) };
    } catch (error) {
      const next = attempt === ATTEMPTS ? null : await nextStep(access, { asked, step, error });
      if (next === null) throw explain(error, { asked, before });
      step = next;
    }
  }
}

function send(access: AccessClient, { project, client, overlap }: Rotation, step: Step): Promise<ClientChanged> {
  const patch = { secretVersion: step.version, ...(overlap !== undefined && { secretOverlap: overlap }) };
  return access.clients.update(project, client, patch, { ifMatch: step.revision });
}

interface Refused {
  readonly asked: Rotation;
  readonly step: Step;
  readonly error: unknown;
}

async function nextStep(access: AccessClient, { asked, step, error }: Refused): Promise<Step | null> {
  if (isVersionTaken(error) && asked.to === undefined) {
    const version = error.current?.nextSecretVersion ?? step.version;
    return version === step.version ? null : { ...step, version };
  }
  if (!RevisionMismatchError.is(error) || !error.answerLost) return null;
  const live = await access.clients.get(asked.project, asked.client);
  const isOwn = live.revision === step.revision + 1 && live.secretVersion === step.version;
  return isOwn && unusedOf(live) !== null ? { ...step, revision: live.revision, lost: live } : null;
}

/** Only the answer says which actor this process is. By then another's secret may be replaced, so it is reported. */
function replacedBy({ updatedBy }: ClientChanged, { lost }: Step): Rotated["replaced"] {
  return lost === null || lost.updatedBy === updatedBy ? null : { actor: lost.updatedBy, time: lost.updatedTime };
}

function isVersionTaken(error: unknown): error is ConflictError {
  return ConflictError.is(error) && error.code === "secret_version_conflict";
}

function nextVersion(client: Client): number {
  const { secretVersion } = client;
  if (secretVersion === SECRET_VERSION_MAX) {
    throw new StartFailure(
      `The ${clientLabel(client)} is at secret version ${secretVersion}, which is the last: create another client, or use --to ${secretVersion} while its secret is unused.`,
    );
  }
  // Without a next version, the refusal of the backend names the earlier ones.
  return nextSecretVersion(clientSecrets(client)) ?? secretVersion + 1;
}

/** Translates the fields that the backend names into options. */
function explain(error: unknown, { asked, before }: { asked: Rotation; before: Client }): unknown {
  if (!ConflictError.is(error) || error.code !== "too_many_secrets") return error;
  const unused = unusedOf(before);
  const command = `xtremepush-access-backend client rotate ${visible(asked.client)} --project ${visible(asked.project)}`;
  const ways = [...(unused === null ? [] : [`--to ${unused.version}`]), "--overlap 0s"].map(
    (option) => `\`${command} ${option}\``,
  );
  return new StartFailure(`${error.message}. Here that is ${ways.join(" or ")}.`);
}

function unusedOf(client: Client) {
  return unusedSecret(clientSecrets(client));
}
