import type { Client } from "xtremepush-access";
import { secret } from "../../protocol";
import { textOrNull } from "../run/ownership";
import type { Home } from "../run/session";
import type { Properties } from "../run/wire";
import { keysOf } from "./inputs";
import { versionOf } from "./rotation";

/** What a state has of a client's secret: the secret itself, and which version it is. */
export interface HeldSecret {
  readonly clientSecret: string | null;
  readonly version: number;
}

/** The secret of a state; one that has none goes by the version that is live. */
export function heldSecret(state: Properties, live: Client): HeldSecret {
  const clientSecret = textOrNull(state["clientSecret"]);
  return { clientSecret, version: clientSecret === null ? live.secretVersion : versionOf(state) };
}

/** The inputs with which a program would have declared the live client, but for the secret. */
export function inputsOf({ name, description, managedBy, secretVersion, publicKeys }: Client): Properties {
  const keys = pemsOf(publicKeys);
  return {
    name,
    secretVersion,
    ...(description === null ? {} : { description }),
    ...(managedBy === null ? {} : { managedBy }),
    ...(Object.keys(keys).length === 0 ? {} : { publicKeys: keys }),
  };
}

/**
 * The outputs that every operation answers, but for the owner and the overlap, which no backend tells; without a held
 * secret the version is the live one.
 */
export function outputs({ project, backendId }: Home, client: Client, held: HeldSecret | null): Properties {
  const { id, name, description, managedBy, revision, createdBy, createdTime, updatedBy, updatedTime } = client;
  return {
    name,
    description,
    managedBy,
    clientId: id,
    clientSecret: secret(held?.clientSecret ?? null),
    secretVersion: held?.version ?? client.secretVersion,
    secretOverlap: null,
    publicKeys: pemsOf(client.publicKeys),
    keyExpiry: Object.fromEntries(Object.entries(client.publicKeys).map(([label, key]) => [label, key.expiresTime])),
    project,
    backendId,
    revision,
    createdBy,
    createdTime,
    updatedBy,
    updatedTime,
  };
}

function pemsOf(keys: Client["publicKeys"]): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([label, { pem }]) => [label, pem]));
}

/** Says whether the public keys of a state are those of the inputs. */
export function sameKeys(before: unknown, after: unknown): boolean {
  const [old, young] = [keysOf(before), keysOf(after)];
  const labels = Object.keys(old);
  return labels.length === Object.keys(young).length && labels.every((label) => old[label] === young[label]);
}
