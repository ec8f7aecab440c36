import type { Client } from "xtremepush-access";
import { z } from "zod";
import { SECRET_KEY, SECRET_MARK, secret, UNKNOWN } from "../../protocol";
import type { Location } from "../run/session";
import type { Properties } from "../run/wire";
import type { ClientInputs } from "./inputs";
import { versionOf } from "./rotation";

/** Secrets arrive in plain text; one with its mark is as a handler has answered it. */
const ClientSecret = z.union([
  z.string().nullable(),
  z.object({ [SECRET_KEY]: z.literal(SECRET_MARK), value: z.string() }).transform(({ value }) => value),
]);

/** What the handlers read of a state; states of older versions lack what has a default, and the version. */
export const ClientState = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  managedBy: z.string().nullable().default(null),
  /** The owner that the resource has written last; `managedBy` is the live one. */
  owner: z.string().nullable().default(null),
  clientId: z.string(),
  clientSecret: ClientSecret.default(null),
  secretVersion: z.number().optional(),
  secretOverlap: z.string().nullable().default(null),
  publicKeys: z.record(z.string(), z.string()).default({}),
  project: z.string(),
  backendId: z.string(),
  revision: z.number(),
});
export type ClientState = z.output<typeof ClientState>;

/** What a state has of a client's secret: the secret itself, and which version it is. */
export interface HeldSecret {
  readonly clientSecret: string | null;
  readonly version: number;
}

/** The secret of a state; one that has none goes by the version that is live. */
export function heldSecret(state: Partial<ClientState>, live: Client): HeldSecret {
  const { clientSecret = null } = state;
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
export function outputs({ project, backendId }: Location, client: Client, held: HeldSecret | null): Properties {
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
export function hasSameKeys({ publicKeys: before }: ClientState, { publicKeys: after = {} }: ClientInputs): boolean {
  if (after === UNKNOWN) return false;
  const labels = Object.keys(before);
  return labels.length === Object.keys(after).length && labels.every((label) => before[label] === after[label]);
}
