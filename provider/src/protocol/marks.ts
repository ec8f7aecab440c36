// The engine's and Pulumi's SDK's encoding of values that JSON lacks; runtime/rpc.js of @pulumi/pulumi 3.259.0. They never change.

/** Marks a value that is not known before the update runs; a whole unknown map has this value too. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The key whose value gives the kind of a marked object. */
export const SECRET_KEY = "4dabf18193072939515e22adb298388d";

/** The kind of a secret, which is in the key `value`. */
export const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

/** Marks an output as secret, so that the engine encrypts it in the state. */
export function secret(value: string | null): unknown {
  return value === null ? null : { [SECRET_KEY]: SECRET_MARK, value };
}
