import * as pulumi from "@pulumi/pulumi";
import { rememberFacts } from "./client-facts";
import { refuseUnreachableHandlers } from "./handler-folder";
import { keepMissing } from "./map-input";
import { ownerInputs } from "./owner";
import { presentSecret } from "./present-secret";
import { programError } from "./program-error";
import { skipPromiseStacks } from "./promise-stacks";
import { RESOURCE_TYPES } from "./protocol";
import type { ReadOptions } from "./read-options";
import { refusePlainToken } from "./refusals";
import { isOfType } from "./resource-type";

/** The inputs of an `ApiClient`. */
export interface ApiClientArgs {
  /** The name of the integration: 1 to 100 characters, unique in the project. */
  readonly name: pulumi.Input<string>;
  /** A sentence or two for people; at most 1,000 characters. */
  readonly description?: pulumi.Input<string | undefined>;
  /**
   * The version of the current secret, a whole number. Add one to rotate: the backend creates the next secret, and the
   * earlier one stays valid for `secretOverlap`; at most two are valid. With 0 the client has no secret, so the state
   * never contains one. Without it, the version stays: `xtremepush-access-env up --rotate` raises it.
   * @default 1 for a new client
   */
  readonly secretVersion?: pulumi.Input<number | undefined>;
  /**
   * How long the earlier secret stays valid beside the new one, `"0s"` to `"90d"`.
   * @default "24h"
   */
  readonly secretOverlap?: pulumi.Input<string | undefined>;
  /**
   * The public keys that verify the client's assertions, by a label that you choose: each an X.509 certificate or an
   * SPKI public key as PEM text. RSA with 2,048 bits or more, P-256, P-384 or P-521; a new certificate must be valid
   * now.
   */
  readonly publicKeys?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  /**
   * The client ID of a client that was created by hand, or deleted less than 30 days ago. The program adopts it without
   * a change; if it differs from the declaration, the update fails and lists the differences. You can remove this input
   * after the adoption. The resource option `import` means the same.
   */
  readonly adopt?: pulumi.Input<string | undefined>;
}

/**
 * A client: an integration with a client ID and a client secret. Its `id` is the client ID.
 *
 * A client without a {@link ScopeGrant} has no permissions.
 *
 * @example
 * ```ts
 * const crm = new ApiClient("crm", { name: "CRM sync" });
 * export const crmClientId = crm.clientId;
 * ```
 */
export class ApiClient extends pulumi.CustomResource {
  /** The name, trimmed and normalized to Unicode NFC. */
  declare readonly name: pulumi.Output<string>;
  /** The description; null if there is none. */
  declare readonly description: pulumi.Output<string | null>;
  /** The client ID; the same as `id`. */
  declare readonly clientId: pulumi.Output<string>;
  /** The client secret, encrypted in the state; null if the client has none, or was adopted or read. */
  declare readonly clientSecret: pulumi.Output<string | null>;
  /** The version of `clientSecret`; if that is null, the version of the current secret. */
  declare readonly secretVersion: pulumi.Output<number>;
  /** The declared overlap; null if none is declared. */
  declare readonly secretOverlap: pulumi.Output<string | null>;
  /** The public keys as PEM texts, by label. */
  declare readonly publicKeys: pulumi.Output<Readonly<Record<string, string>>>;
  /** When each certificate expires, RFC 3339, by label; null for a bare key, which does not expire. */
  declare readonly keyExpiry: pulumi.Output<Readonly<Record<string, string | null>>>;
  /** The project that the client is in. */
  declare readonly project: pulumi.Output<string>;
  /** The backend that the client is on. */
  declare readonly backendId: pulumi.Output<string>;
  /** The owner, `<owner>/<URN>`: the program that manages the client. */
  declare readonly managedBy: pulumi.Output<string | null>;
  /** The number of changes of the client, from 1. */
  declare readonly revision: pulumi.Output<number>;
  /** The name of the actor that created the client. */
  declare readonly createdBy: pulumi.Output<string>;
  /** When the client was created: RFC 3339, UTC. */
  declare readonly createdTime: pulumi.Output<string>;
  /** The name of the actor that last changed the client. */
  declare readonly updatedBy: pulumi.Output<string>;
  /** When the client was last changed: RFC 3339, UTC. */
  declare readonly updatedTime: pulumi.Output<string>;

  /** The type token, by which policy packs filter. */
  static readonly __pulumiType: string = RESOURCE_TYPES.apiClient.token;

  /** Checks whether a value is an `ApiClient`, of this or of another copy of the package. Policy packs call it. */
  static override isInstance(value: unknown): value is ApiClient {
    return isOfType(value, RESOURCE_TYPES.apiClient.token);
  }

  /**
   * The client secret as a string, for an input that takes no null. The program fails, in the preview where that is known,
   * if the client has no secret, or if it was adopted or read.
   */
  get secretValue(): pulumi.Output<string> {
    return presentSecret(this);
  }

  /** Reads a client that exists, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ApiClient {
    return new ApiClient(name, undefined, { ...opts, id });
  }

  /** Reads one that exists, by the option `id`. */
  constructor(name: string, args: undefined, opts: ReadOptions);
  // Last, because TypeScript infers the arguments of a class from its last signature.
  /**
   * @throws pulumi.RunError when the handlers cannot be loaded from the program's folder, when the stack configuration
   * contains a token in plain text, or when both `adopt` and the option `import` are set.
   */
  constructor(name: string, args: ApiClientArgs, opts?: pulumi.CustomResourceOptions);
  constructor(name: string, args: ApiClientArgs | undefined, opts?: pulumi.CustomResourceOptions) {
    refusePlainToken();
    refuseUnreachableHandlers();
    const { token, provider } = RESOURCE_TYPES.apiClient;
    const isRead = opts?.id !== undefined || opts?.urn !== undefined;
    const owner = isRead ? {} : ownerInputs({ type: token, name, parent: opts?.parent });
    const adopt = adoptedId({ name, adopt: args?.adopt, opts });
    // List every output: the SDK defines only the properties that it finds here.
    const outputs = {
      name: undefined,
      description: undefined,
      clientId: undefined,
      clientSecret: undefined,
      secretVersion: undefined,
      secretOverlap: undefined,
      publicKeys: undefined,
      keyExpiry: undefined,
      project: undefined,
      backendId: undefined,
      revision: undefined,
      createdBy: undefined,
      createdTime: undefined,
      updatedBy: undefined,
      updatedTime: undefined,
    };
    // The engine cannot import a resource of a dynamic provider, so `import` becomes `adopt`.
    const { import: _, ...given } = opts ?? {};
    // For a client that never has a secret the engine would encrypt the null and show it as a secret.
    const additionalSecretOutputs = args?.secretVersion === 0 ? [] : ["clientSecret"];
    // If the replacement came first, it would take over the same client, which the delete then destroys.
    // Set last, so that a wrapper's `undefined` cannot remove it.
    const options = {
      ...pulumi.mergeOptions({ additionalSecretOutputs }, given),
      deleteBeforeReplace: true,
    };
    const inputs = {
      ...args,
      publicKeys: keepMissing(args?.publicKeys),
      // Each property costs kilobytes until the resource is registered, and nothing reads this one.
      ...(adopt !== undefined && { adopt }),
      managedBy: undefined,
      ...owner,
    };
    const showPromiseStacks = skipPromiseStacks();
    try {
      super(token, name, { ...outputs, ...inputs, __provider: provider }, options);
    } finally {
      showPromiseStacks();
    }
    rememberFacts(this, {
      name,
      adopt,
      secretVersion: args?.secretVersion,
      deletable: !isRead && !options.retainOnDelete,
    });
  }
}

interface Adoption {
  readonly name: string;
  readonly adopt: ApiClientArgs["adopt"];
  readonly opts: pulumi.CustomResourceOptions | undefined;
}

function adoptedId({ name, adopt, opts }: Adoption): ApiClientArgs["adopt"] {
  if (opts?.import === undefined || adopt === undefined) return adopt ?? opts?.import;
  throw programError(`${name}: adopt and the resource option import mean the same; give one of them`);
}
