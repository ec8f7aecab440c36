import type { Client } from "xtremepush-access";
import { clientSecrets, unusedSecret } from "xtremepush-access/rules";
import { z } from "zod";
import { SECRET_KEY, SECRET_MARK, secret, UNKNOWN } from "../../protocol";
import { type Location, locationOutputs } from "../run/location";
import type { Properties } from "../run/wire";
import type { ClientInputs } from "./inputs";
import { versionOf } from "./rotation";

/** The engine sends secrets in plain text; the marked form is what a handler returned. */
const ClientSecret = z.union([
  z.string().nullable(),
  z.object({ [SECRET_KEY]: z.literal(SECRET_MARK), value: z.string() }).transform(({ value }) => value),
]);

/** What the handlers read from a state. States of older versions lack the fields with a default, and `secretVersion`. */
export const ClientState = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  managedBy: z.string().nullable().default(null),
  /** The owner that this resource last wrote; `managedBy` is the live one. */
  owner: z.string().nullable().default(null),
  clientId: z.string(),
  clientSecret: ClientSecret.default(null),
  secretVersion: z.number().optional(),
  /** Whether the live secret is one that was made for this state, or by hand, and never reached it. */
  secretMissing: z.boolean().default(false),
  secretOverlap: z.string().nullable().default(null),
  publicKeys: z.record(z.string(), z.string()).default({}),
  project: z.string(),
  backendId: z.string(),
  revision: z.number(),
  updatedTime: z.string().optional(),
});
export type ClientState = z.output<typeof ClientState>;

/** The secret in a state, and its version. */
export interface HeldSecret {
  readonly clientSecret: string | null;
  readonly version: number;
}

/** Reads the secret of a state; without a secret, the version is the live one. */
export function heldSecret(state: Partial<ClientState>, live: Client): HeldSecret {
  const { clientSecret = null } = state;
  return { clientSecret, version: clientSecret === null ? live.secretVersion : versionOf(state) };
}

/**
 * Whether a client got a secret that the state does not have and that nobody has used: a run was killed before the answer
 * arrived, or somebody rotated by hand. The program can still request it.
 */
export function isSecretMissing(
  { clientSecret, secretVersion, secretMissing }: Partial<ClientState>,
  live: Client,
): boolean {
  if ((clientSecret ?? null) !== null || secretVersion === undefined) return false;
  const isNew = secretMissing ? live.secretVersion >= secretVersion : live.secretVersion > secretVersion;
  return isNew && unusedSecret(clientSecrets(live)) !== null;
}

/** Returns the inputs that declare the live client. */
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
 * Returns the outputs that every operation shares: all but the owner and the overlap, which the backend does not return.
 * Without a held secret, the version is the live one.
 */
export function outputs(location: Location, client: Client, held: HeldSecret | null): Properties {
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
    ...locationOutputs(location),
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

/** Checks whether the inputs have a public key that the state does not have. */
export function addsKey({ publicKeys: before }: ClientState, { publicKeys: after = {} }: ClientInputs): boolean {
  return after !== UNKNOWN && Object.entries(after).some(([label, pem]) => before[label] !== pem);
}

/** Checks whether a state and the inputs have the same public keys. */
export function hasSameKeys({ publicKeys: before }: ClientState, { publicKeys: after = {} }: ClientInputs): boolean {
  if (after === UNKNOWN) return false;
  const labels = Object.keys(before);
  return labels.length === Object.keys(after).length && labels.every((label) => before[label] === after[label]);
}
