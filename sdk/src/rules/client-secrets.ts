import { type Client, SECRET_VERSION_MAX } from "../schemas";
import type { ClientSecrets } from "./secret-rotation";

/** The secrets of a client from an answer of the backend: those that work, and the highest version so far. */
export function clientSecrets(client: Client): ClientSecrets {
  const secrets = client.secrets.map((secret) => ({
    version: secret.version,
    createdTime: new Date(secret.createdTime),
    firstUsedTime: dateOf(secret.firstUsedTime),
    supersededTime: dateOf(secret.supersededTime),
    expiresTime: dateOf(secret.expiresTime),
  }));
  const usedVersions = [...secrets.map(({ version }) => version), ...highestUsed(client)];
  return { currentVersion: client.secretVersion, usedVersions, secrets };
}

/** An older backend does not return `nextSecretVersion`. */
function highestUsed({ nextSecretVersion: next }: Client): readonly number[] {
  if (next === undefined) return [];
  return [next === null ? SECRET_VERSION_MAX : next - 1];
}

function dateOf(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}
