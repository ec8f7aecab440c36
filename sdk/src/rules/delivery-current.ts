/** The secrets of a client, as far as a delivery depends on them. */
export interface DeliverableSecrets {
  /** The current version. */
  readonly secretVersion: number;
  readonly secrets: readonly { readonly version: number; readonly createdTime: string | Date }[];
}

/** What a destination got last. */
export interface DeliveredVersion {
  /** Null for a delivery without a secret. */
  readonly secretVersion: number | null;
  readonly deliveredTime: string | Date;
}

/**
 * Whether a destination has the current secret. A delivery of that version before the secret was made brought another
 * one: the version of an unused secret can be made again.
 */
export function isDeliveryCurrent(client: DeliverableSecrets, delivery: DeliveredVersion): boolean {
  if (delivery.secretVersion === null) return true;
  if (delivery.secretVersion !== client.secretVersion) return false;
  const secret = client.secrets.find(({ version }) => version === client.secretVersion);
  return secret === undefined || new Date(delivery.deliveredTime) >= new Date(secret.createdTime);
}
