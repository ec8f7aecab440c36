import { AccessError } from "xtremepush-access";
import type { DeliveryMemory } from "../delivery/memory";
import type { Delivery } from "../file/delivery";
import type { Progress } from "../pulumi/progress";
import type { StateClient } from "../pulumi/stack-state";
import { isSecretDelivered } from "./plan-rotations";

type NamedClient = Pick<StateClient, "name" | "clientId" | "clientSecret">;

/** A secret of a client that still works beside the current one: in an overlap, or because a rotation was not finished. */
export interface EarlierSecret {
  readonly client: string;
  readonly clientId: string;
  readonly version: number;
  /** Until when it works, RFC 3339; null when it has no end. */
  readonly end: string | null;
  /** Whether `up --rotate` can end it, because access-env.yaml delivers the secret of the client. */
  readonly isDelivered: boolean;
}

/** Finds the earlier secrets that still work; those of clients in another project are not known here. */
export async function findEarlierSecrets(
  memory: DeliveryMemory | null,
  clients: readonly NamedClient[],
  deliver: readonly Delivery[],
): Promise<EarlierSecret[]> {
  if (memory === null) return [];
  const recalled = await Promise.all(
    clients.map(async (client) => ({ client, known: await memory.recall(client.clientId) })),
  );
  return recalled.flatMap(({ client, known }) => {
    if (known === null) return [];
    const isDelivered = isSecretDelivered(client, deliver);
    const { name, id, secrets, secretVersion } = known.client;
    return secrets
      .filter(({ version }) => version !== secretVersion)
      .map(({ version, expiresTime }) => ({ client: name, clientId: id, version, end: expiresTime, isDelivered }));
  });
}

/** Says that the backend could not be asked at the end of a run, when all is done: that is no failure. @throws any other error. */
export function sayUnasked(error: unknown, progress: Pick<Progress, "line">): EarlierSecret[] {
  if (!AccessError.is(error)) throw error;
  progress.line(`the backend was not asked which earlier secrets still work: ${error.message}`);
  return [];
}
