import type { DeliveryMemory } from "../delivery/memory";

/** A secret of a client that still works beside the current one: in an overlap, or because a rotation was not finished. */
export interface EarlierSecret {
  readonly client: string;
  readonly clientId: string;
  readonly version: number;
  /** Until when it works, RFC 3339; null when it has no end. */
  readonly end: string | null;
}

/** Finds the earlier secrets that still work; those of clients in another project are not known here. */
export async function findEarlierSecrets(
  memory: DeliveryMemory | null,
  clients: readonly { readonly clientId: string }[],
): Promise<EarlierSecret[]> {
  if (memory === null) return [];
  const recalled = await Promise.all(clients.map(({ clientId }) => memory.recall(clientId)));
  return recalled.flatMap((known) => {
    if (known === null) return [];
    const { name, id, secrets, secretVersion } = known.client;
    return secrets
      .filter(({ version }) => version !== secretVersion)
      .map(({ version, expiresTime }) => ({ client: name, clientId: id, version, end: expiresTime }));
  });
}
