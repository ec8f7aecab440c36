import * as pulumi from "@pulumi/pulumi";
import { CONFIGURATION_KEYS, PROVIDER_PACKAGE } from "./protocol";

/** Where the resources of an explicit provider live. */
export interface ProviderArgs {
  /** The address of the backend: `https:`, or `http:` to this machine. */
  readonly endpoint: pulumi.Input<string>;
  /** The slug of the project. */
  readonly project: pulumi.Input<string>;
  /** The name of the environment variable that holds the actor token, never the token itself. */
  readonly tokenVariable: string;
}

/**
 * Another backend or project than the stack's own, for a program that works on several.
 *
 * It takes what it is given and falls back to nothing, so that the token of one environment never reaches another's
 * endpoint. Each provider runs in a process of its own.
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

/** Keeps a token that is pasted in place of the variable's name out of the state. */
function assertVariableName(text: string): void {
  if (/^[A-Z_][A-Z0-9_]*$/.test(text)) return;
  throw new pulumi.RunError(
    "tokenVariable must be the name of an environment variable, such as EU_TOKEN: capital letters, digits and underscores. If it was the token itself, revoke that token",
  );
}
