import * as pulumi from "@pulumi/pulumi";

/**
 * Refuses an actor token that is kept in plain text in the stack configuration: the engine would copy it into the state.
 *
 * @throws pulumi.RunError with the command that mends it.
 */
export function refusePlainToken(): void {
  if (pulumi.runtime.getConfig("xtremepush:token") === undefined) return;
  // Not in the package's types, but the one way to learn it; runtime/config.js of @pulumi/pulumi 3.259.0.
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  if (isConfigSecret?.("xtremepush:token")) return;
  throw new pulumi.RunError(
    "the stack configuration holds xtremepush:token in plain text: run `pulumi config rm xtremepush:token`, revoke that token, and set a new one as XTREMEPUSH_TOKEN or with `pulumi config set --secret xtremepush:token`",
  );
}
