import * as pulumi from "@pulumi/pulumi";
import { programError } from "./program-error";
import { CONFIGURATION_KEYS, PROVIDER_PACKAGE } from "./protocol";

/** The inputs of a `Provider`. */
export interface ProviderArgs {
  /** The address of the backend: `https:`, or `http:` only for this machine. */
  readonly endpoint: pulumi.Input<string>;
  /** The slug of the project. */
  readonly project: pulumi.Input<string>;
  /** The name of the environment variable that holds the actor token, never the token itself. */
  readonly tokenVariable: string;
}

/**
 * An explicit provider, for a program that works with several backends or projects.
 *
 * It uses only these inputs, without a fallback, so that the token of one environment never reaches the endpoint of
 * another. Each provider runs in its own process.
 *
 * @example
 * ```ts
 * const eu = new Provider("eu", { endpoint: "https://access.eu.example.com", project: "acme", tokenVariable: "EU_TOKEN" });
 * new ApiClient("crm", { name: "CRM sync" }, { provider: eu });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
  /** @throws pulumi.RunError when `tokenVariable` is not the name of an environment variable. */
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    assertVariableName(args.tokenVariable);
    const inputs = {
      [CONFIGURATION_KEYS.endpoint]: args.endpoint,
      [CONFIGURATION_KEYS.project]: args.project,
      [CONFIGURATION_KEYS.tokenVariable]: args.tokenVariable,
    };
    super(PROVIDER_PACKAGE, name, inputs, opts);
  }
}

/** Refuses a token pasted in place of the variable's name, which would end up in the state. */
function assertVariableName(text: string): void {
  if (/^[A-Z_][A-Z0-9_]*$/.test(text)) return;
  throw programError(
    "tokenVariable must be the name of an environment variable, such as EU_TOKEN: upper-case letters, digits and underscores. If you set the token itself, revoke it",
  );
}
