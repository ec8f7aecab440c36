import * as pulumi from "@pulumi/pulumi";
import { programError } from "./program-error";
import { CONFIGURATION_KEYS, ENVIRONMENT_VARIABLES } from "./protocol";

/**
 * Refuses an actor token in plain text in the stack configuration, which the engine would copy into the state.
 *
 * @throws pulumi.RunError with the command that fixes it.
 */
export function refusePlainToken(): void {
  const { token } = CONFIGURATION_KEYS;
  if (pulumi.runtime.getConfig(token) === undefined) return;
  // Not in the package's types, but there is no other way; runtime/config.js of @pulumi/pulumi 3.259.0.
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  if (isConfigSecret?.(token)) return;
  throw programError(
    `the stack configuration holds ${token} in plain text: run \`pulumi config rm ${token}\`, revoke that token, and set a new one as ${ENVIRONMENT_VARIABLES.token} or with \`pulumi config set --secret ${token}\``,
  );
}
