import * as pulumi from "@pulumi/pulumi";
import { rememberFacts } from "./client-facts";
import { ownerOf } from "./owner";
import { RESOURCE_TYPES } from "./protocol";
import type { ReadOptions } from "./read-options";
import { refusePlainToken } from "./refusals";

/** What a program declares of a client. */
export interface ApiClientArgs {
  /** The name of the integration: 1 to 100 characters, unique among the clients of the project. */
  readonly name: pulumi.Input<string>;
  /** A sentence or two for people; at most 1,000 characters. */
  readonly description?: pulumi.Input<string | undefined>;
  /**
   * Which secret is current, a whole number. One more makes the next secret and lets the one before live for
   * `secretOverlap`; at most two live. 0 means no secret at all, so that the state never holds one.
   * @default 1
   */
  readonly secretVersion?: pulumi.Input<number | undefined>;
  /**
   * How long the secret before lives beside the new one, `"0s"` to `"90d"`.
   * @default "24h"
   */
  readonly secretOverlap?: pulumi.Input<string | undefined>;
  /**
   * The keys that sign the client's assertions, by a label of your own: each an X.509 certificate or an SPKI public key as
   * PEM text. RSA with 2,048 bits or more, P-256, P-384 or P-521; a new certificate must be valid now.
   */
  readonly publicKeys?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  /**
   * The client ID of a client that was made by hand, or that was deleted less than 30 days ago: the program takes it over
   * as it is, and fails with the differences where it is not as declared. It may be removed when that is done. The
   * resource option `import` means the same.
   */
  readonly adopt?: pulumi.Input<string | undefined>;
}

/**
 * A client: an integration with a client ID and a client secret. Its `id` is the client ID.
 *
 * A client without a {@link ScopeGrant} may do nothing.
 *
 * @example
 * ```ts
 * const crm = new ApiClient("crm", { name: "CRM sync" });
 * export const crmClientId = crm.clientId;
 * ```
 */
export class ApiClient extends pulumi.CustomResource {
  /** The name as the backend keeps it: trimmed, in Unicode's NFC. */
  declare readonly name: pulumi.Output<string>;
  /** Null when there is none. */
  declare readonly description: pulumi.Output<string | null>;
  /** The client ID; the same as `id`. */
  declare readonly clientId: pulumi.Output<string>;
  /** The client secret, encrypted in the state; null for a client without one, and for one that was adopted or read. */
  declare readonly clientSecret: pulumi.Output<string | null>;
  /** The version of `clientSecret`; the live one where that is null. */
  declare readonly secretVersion: pulumi.Output<number>;
  /** As declared; null when it is not. */
  declare readonly secretOverlap: pulumi.Output<string | null>;
  /** The public keys as PEM texts, by label. */
  declare readonly publicKeys: pulumi.Output<Readonly<Record<string, string>>>;
  /** Until when each certificate is valid, RFC 3339, by label; null for a bare key, which does not end. */
  declare readonly keyExpiry: pulumi.Output<Readonly<Record<string, string | null>>>;
  /** The project that the client is in. */
  declare readonly project: pulumi.Output<string>;
  /** The backend that the client is on. */
  declare readonly backendId: pulumi.Output<string>;
  /** The owner, `<owner>/<URN>`: which program manages the client. */
  declare readonly managedBy: pulumi.Output<string | null>;
  /** Counts the changes of the client, from 1. */
  declare readonly revision: pulumi.Output<number>;
  /** The name of the actor that made the client. */
  declare readonly createdBy: pulumi.Output<string>;
  /** RFC 3339, UTC. */
  declare readonly createdTime: pulumi.Output<string>;
  /** The name of the actor that changed it last. */
  declare readonly updatedBy: pulumi.Output<string>;
  /** RFC 3339, UTC. */
  declare readonly updatedTime: pulumi.Output<string>;

  /** Reads a client that exists, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ApiClient {
    return new ApiClient(name, undefined, { ...opts, id });
  }

  /**
   * @throws pulumi.RunError when the stack configuration holds a token in plain text, or when `adopt` and the option
   * `import` are both given.
   */
  constructor(name: string, args: ApiClientArgs, opts?: pulumi.CustomResourceOptions);
  /** Reads one that exists, by the option `id`. */
  constructor(name: string, args: undefined, opts: ReadOptions);
  constructor(name: string, args: ApiClientArgs | undefined, opts?: pulumi.CustomResourceOptions) {
    refusePlainToken();
    const { token, provider } = RESOURCE_TYPES.apiClient;
    const isRead = opts?.id !== undefined || opts?.urn !== undefined;
    const managedBy = isRead ? undefined : ownerOf({ type: token, name, parent: opts?.parent });
    const adopt = adoptedId({ name, adopt: args?.adopt, opts });
    // Every output is listed, because the SDK defines the properties that it finds here and no others.
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
    // The engine cannot import what a dynamic provider manages: `import` has become `adopt`.
    const { import: _, ...given } = opts ?? {};
    // The engine would encrypt even the null of a client that never has a secret, and show it as one.
    const additionalSecretOutputs = args?.secretVersion === 0 ? [] : ["clientSecret"];
    // A replacement that is created first would be the client that the delete then destroys.
    // Set last, so that no wrapper's `undefined` takes it away.
    const options = {
      ...pulumi.mergeOptions({ additionalSecretOutputs }, given),
      deleteBeforeReplace: true,
    };
    super(token, name, { ...outputs, ...args, adopt, managedBy, __provider: provider }, options);
    rememberFacts(this, { adopt, deletable: !isRead && !options.retainOnDelete });
  }
}

interface Adoption {
  readonly name: string;
  readonly adopt: ApiClientArgs["adopt"];
  readonly opts: pulumi.CustomResourceOptions | undefined;
}

function adoptedId({ name, adopt, opts }: Adoption): ApiClientArgs["adopt"] {
  if (opts?.import === undefined || adopt === undefined) return adopt ?? opts?.import;
  throw new pulumi.RunError(`${name}: adopt and the resource option import mean the same; give one of them`);
}
