import * as pulumi from "@pulumi/pulumi";
import { rememberFacts } from "./client-facts";
import { ownerOf } from "./owner";
import { refuseImport, refusePlainToken } from "./refusals";
import { RESOURCE_TYPES } from "./resource-types";

/** What a program declares of a client. */
export interface ApiClientArgs {
  /** The name of the integration: 1 to 100 characters, unique among the clients of the project. */
  readonly name: pulumi.Input<string>;
  /** A sentence or two for people; at most 1,000 characters. */
  readonly description?: pulumi.Input<string | undefined>;
  /**
   * The client ID of a client that was made by hand, or that was deleted less than 30 days ago: the program takes it over
   * as it is, and fails with the differences where it is not as declared. To be removed when that is done.
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
  /** The client secret, encrypted in the state; null for a client that was not made by this program. */
  declare readonly clientSecret: pulumi.Output<string | null>;
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

  /** @throws pulumi.RunError when the stack configuration holds a token in plain text, or for the option `import`. */
  constructor(name: string, args: ApiClientArgs | undefined, opts?: pulumi.CustomResourceOptions) {
    refusePlainToken();
    refuseImport(name, opts);
    const { token, provider } = RESOURCE_TYPES.apiClient;
    const managedBy = opts?.id === undefined ? ownerOf({ type: token, name, parent: opts?.parent }) : undefined;
    // Every output is listed, because the SDK defines the properties that it finds here and no others.
    const outputs = {
      name: undefined,
      description: undefined,
      clientId: undefined,
      clientSecret: undefined,
      project: undefined,
      backendId: undefined,
      revision: undefined,
      createdBy: undefined,
      createdTime: undefined,
      updatedBy: undefined,
      updatedTime: undefined,
    };
    // A replacement that is created first would be the client that the delete then destroys.
    // Set last, so that no wrapper's `undefined` takes it away.
    const options = {
      ...pulumi.mergeOptions({ additionalSecretOutputs: ["clientSecret"] }, opts),
      deleteBeforeReplace: true,
    };
    super(token, name, { ...outputs, ...args, managedBy, __provider: provider }, options);
    rememberFacts(this, { adopt: args?.adopt, deletable: opts?.id === undefined && !options.retainOnDelete });
  }
}
