// How the engine and Pulumi's SDK write what JSON cannot say; runtime/rpc.js of @pulumi/pulumi 3.259.0. They never change.

/** Stands for a value that is not known before the update runs; a whole unknown map is also this string. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The key that says what an object stands for. */
export const SECRET_KEY = "4dabf18193072939515e22adb298388d";

/** What that key says of a secret, whose `value` is beside it. */
export const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

/** Marks an output as secret, so that the engine encrypts it in the state. */
export function secret(value: string | null): unknown {
  return value === null ? null : { [SECRET_KEY]: SECRET_MARK, value };
}
