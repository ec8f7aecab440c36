import * as pulumi from "@pulumi/pulumi";
import { ApiClient, type ApiClientArgs } from "./api-client";
import { flatAlias } from "./flat-alias";
import { programError } from "./program-error";
import { skipPromiseStacks } from "./promise-stacks";
import { INTEGRATION_TYPE, RESOURCE_TYPES, typeOf } from "./protocol";
import { isOfType } from "./resource-type";
import { ScopeGrant, type ScopeGrantArgs } from "./scope-grant";

/** The inputs of an `Integration`: a client and all of its permissions. */
export interface IntegrationArgs extends Omit<ApiClientArgs, "name">, Pick<ScopeGrantArgs, "permissions"> {
  /**
   * The name of the client: 1 to 100 characters, unique in the project.
   * @default the name of the resource
   */
  readonly name?: pulumi.Input<string | undefined>;
}

/**
 * A client and its grant in one component: an {@link ApiClient} and a {@link ScopeGrant} with the same resource name.
 *
 * If the program declared both resources under this name and parent before, they move into the integration without a
 * change: client ID, secret and permissions stay. For resources with another name or parent, list their URNs in the
 * option `aliases`.
 *
 * @example
 * ```ts
 * const crm = new Integration("crm", { name: "CRM sync", permissions: [permissions.import.profile] });
 * export const { clientId, clientSecret } = crm;
 * ```
 */
export class Integration extends pulumi.ComponentResource {
  /** The client. */
  readonly client: ApiClient;
  /** The permissions of the client. */
  readonly grant: ScopeGrant;
  /** The client ID. */
  readonly clientId: pulumi.Output<string>;
  /** The client secret, encrypted in the state; null if the client has none, or was adopted. */
  readonly clientSecret: pulumi.Output<string | null>;

  /** The client secret as a string; the program fails if the client has none, or was adopted. */
  get secretValue(): pulumi.Output<string> {
    return this.client.secretValue;
  }

  /** The type token, by which policy packs filter. */
  static readonly __pulumiType: string = INTEGRATION_TYPE;

  /** Checks whether a value is an `Integration`, of this or of another copy of the package. Policy packs call it. */
  static override isInstance(value: unknown): value is Integration {
    return isOfType(value, INTEGRATION_TYPE);
  }

  /** @throws pulumi.RunError when the stack configuration contains a token in plain text. */
  constructor(name: string, args: IntegrationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    assertInputs(name, args);
    const { aliases = [], ...options } = opts;
    const types = Object.values(RESOURCE_TYPES).map(({ token }) => token);
    const own = aliases.filter((alias) => !types.some((type) => isUrnOf(alias, type)));
    const showPromiseStacks = skipPromiseStacks();
    try {
      super(INTEGRATION_TYPE, name, {}, { ...options, aliases: own });
    } finally {
      showPromiseStacks();
    }
    const optionsOf = (type: string): pulumi.CustomResourceOptions => {
      // Only below the same parent: integrations of one name in two components must not take the same flat resource.
      const flat = flatAlias({ type, name, parent: this, before: opts.parent });
      return { parent: this, aliases: [...aliases.filter((alias) => isUrnOf(alias, type)), flat] };
    };
    const { permissions, name: clientName, ...client } = args;
    const named = { ...client, name: clientName === undefined ? name : orElse(clientName, name) };
    this.client = new ApiClient(name, named, optionsOf(RESOURCE_TYPES.apiClient.token));
    this.grant = new ScopeGrant(name, { client: this.client, permissions }, optionsOf(RESOURCE_TYPES.scopeGrant.token));
    this.clientId = this.client.clientId;
    this.clientSecret = this.client.clientSecret;
    // The client's own state already contains the secret.
    this.registerOutputs({ clientId: this.clientId });
  }
}

const INPUTS = [
  "name",
  "description",
  "secretVersion",
  "secretOverlap",
  "publicKeys",
  "adopt",
  "permissions",
] as const satisfies readonly (keyof IntegrationArgs)[];

/** Names a misspelt input here: the check of the client would list only the inputs of the client. */
function assertInputs(name: string, args: object): void {
  const known: readonly string[] = INPUTS;
  const unknown = Object.keys(args).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw programError(
    `${name}: there is no input ${JSON.stringify(unknown[0])}; the inputs of an Integration are ${INPUTS.join(", ")}`,
  );
}

function orElse(given: pulumi.Input<string | undefined>, otherwise: string): pulumi.Input<string> {
  return typeof given === "string" ? given : pulumi.output(given).apply((known) => known ?? otherwise);
}

function isUrnOf(alias: pulumi.Input<pulumi.URN | pulumi.Alias>, type: string): boolean {
  return typeof alias === "string" && typeOf(alias) === type;
}
