import type { Client } from "xtremepush-access";
import { clientSecrets, nextSecretVersion, unusedSecret } from "xtremepush-access/rules";
import { quoted } from "xtremepush-access/text";
import { bringsSecret, onlyClient } from "../delivery/credentials";
import type { DeliveryMemory } from "../delivery/memory";
import { EnvironmentFailure } from "../environment-failure";
import type { Delivery } from "../file/delivery";
import type { StackState, StateClient } from "../pulumi/stack-state";
import type { RotationRecord } from "./rotation-record";

/** Which clients get a new secret. */
export interface RotationRequest {
  /** Their names; all that are delivered, where it says so. */
  readonly clients: readonly string[] | "all";
  /** How long an earlier secret works at least after the new one was made; null for what the program declares. */
  readonly overlap: string | null;
}

/** The new secret of a client. */
export interface Rotation {
  readonly name: string;
  readonly clientId: string;
  readonly owner: string;
  /** The version of the new secret. */
  readonly version: number;
  /** Whether an earlier run has made it, so that this one goes on from there. */
  readonly isBegun: boolean;
  /** How long an earlier secret works at least after the new one was made. */
  readonly overlap: string;
}

interface RotationQuestion {
  readonly request: RotationRequest;
  /** Null before the first `up`. */
  readonly state: StackState | null;
  readonly deliver: readonly Delivery[];
  readonly memory: DeliveryMemory;
  /** What an earlier run on this machine has begun. */
  readonly record: RotationRecord;
}

/**
 * Decides which version each client gets: the one that an earlier run has made and not brought everywhere, else the next.
 *
 * @throws EnvironmentFailure when a client cannot be rotated.
 */
export async function planRotations(question: RotationQuestion): Promise<Rotation[]> {
  const { request, state, deliver, memory, record } = question;
  const clients = wantedClients(request, state?.clients ?? [], deliver);
  return Promise.all(
    clients.map(async (client) => {
      const { name, clientId, secretOverlap } = client;
      const recalled = await memory.recall(clientId);
      if (recalled === null || client.owner === null) {
        throw new EnvironmentFailure(
          `the client ${quoted(name)} is not in the project of this environment; raise its secretVersion in the program`,
        );
      }
      const next = versionFor(client, recalled.client, record[clientId]);
      return { name, clientId, owner: client.owner, ...next, overlap: request.overlap ?? secretOverlap ?? "0s" };
    }),
  );
}

/** Whether the secret of a client is delivered: only then can it be rotated. */
export function isSecretDelivered(
  { name, clientSecret }: Pick<StateClient, "name" | "clientSecret">,
  deliver: readonly Delivery[],
): boolean {
  if (clientSecret === null) return false;
  return deliver.some((delivery) => delivery.client?.trim().normalize("NFC") === name && bringsSecret(delivery));
}

function wantedClients(
  { clients: wanted }: RotationRequest,
  clients: readonly StateClient[],
  deliver: readonly Delivery[],
): readonly StateClient[] {
  const isDelivered = (client: StateClient) => isSecretDelivered(client, deliver);
  if (wanted === "all") {
    const found = clients.filter(isDelivered);
    if (found.length > 0) return found;
    throw new EnvironmentFailure("nothing to rotate: access-env.yaml delivers the secret of no client");
  }
  return [...new Set(wanted.map((name) => onlyClient(name, clients)))].map((client) => {
    if (isDelivered(client)) return client;
    throw new EnvironmentFailure(
      `access-env.yaml delivers no secret of the client ${quoted(client.name)}, so nothing says when its old one may end; raise its secretVersion in the program`,
    );
  });
}

/** How long what this machine has begun counts: later, the same command asks for another secret. */
const BEGUN_MS = 3_600_000;

function versionFor(
  { secretVersion }: StateClient,
  live: Client,
  begun: number | undefined,
): Pick<Rotation, "version" | "isBegun"> {
  const secrets = clientSecrets(live);
  const isOfState = live.secretVersion === secretVersion;
  // A run that died between the backend and the state has made a secret that nobody has.
  const isLost = live.secretVersion > secretVersion && unusedSecret(secrets) !== null;
  const isUnfinished = isOfState && live.secrets.some(({ version }) => version !== live.secretVersion);
  const current = live.secrets.find(({ version }) => version === live.secretVersion);
  const isFresh = current !== undefined && Date.now() - Date.parse(current.createdTime) < BEGUN_MS;
  if (isLost || isUnfinished || (isFresh && begun === live.secretVersion))
    return { version: live.secretVersion, isBegun: true };
  return { version: nextSecretVersion(secrets) ?? live.secretVersion + 1, isBegun: false };
}
