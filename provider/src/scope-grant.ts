import * as pulumi from "@pulumi/pulumi";
import type { Permission } from "xtremepush-access";
import type { ApiClient } from "./api-client";
import { bindToClient } from "./client-bond";
import { claimGrant, clientResourceOf } from "./client-facts";
import { refuseUnreachableHandlers } from "./handler-folder";
import { ownerInputs } from "./owner";
import { programError } from "./program-error";
import { skipPromiseStacks } from "./promise-stacks";
import { placeholderKey, RESOURCE_TYPES } from "./protocol";
import type { ReadOptions } from "./read-options";
import { refusePlainToken } from "./refusals";
import { isOfType } from "./resource-type";

/** The inputs of a `ScopeGrant`. */
export interface ScopeGrantArgs {
  /** The client that gets the permissions, or its client ID. Another client replaces the grant. */
  readonly client: pulumi.Input<string> | ApiClient;
  /** All permissions of the client; order and repeats do not matter. The update removes every other permission. */
  readonly permissions: pulumi.Input<readonly pulumi.Input<Permission>[]>;
}

/**
 * The grant of a client: all of its permissions. Its `id` is the client ID.
 *
 * It is authoritative: it removes every permission that the program does not declare. But the create fails while another
 * program manages the client's permissions, whatever they are, or while the client has permissions that were granted in
 * another way: declare those or remove them first.
 *
 * When the program deletes the {@link ApiClient}, its grant is deleted with it, without a call of its own; a restored
 * client has its permissions again. A client with `retainOnDelete` loses its permissions, and so does one with `protect`,
 * which the engine does not delete. If a transform in the program sets one of these options only on the client, the grant
 * cannot detect that: set `deletedWith: undefined` on the grant.
 *
 * @example
 * ```ts
 * new ScopeGrant("crm", { client: crm, permissions: [permissions.list.profile, permissions.info.profile] });
 * new ScopeGrant("dashboard", { client: dashboard, permissions: select({ access: "read", maxRisk: "medium" }) });
 * ```
 */
export class ScopeGrant extends pulumi.CustomResource {
  /** The client ID; the same as `id`. */
  declare readonly client: pulumi.Output<string>;
  /** The permissions of the client: `{"list:profile": true}`. */
  declare readonly permissions: pulumi.Output<Readonly<Record<string, true>>>;
  /** The project that the client is in. */
  declare readonly project: pulumi.Output<string>;
  /** The backend that the client is on. */
  declare readonly backendId: pulumi.Output<string>;
  /** The owner, `<owner>/<URN>`: the program that manages the grant. */
  declare readonly managedBy: pulumi.Output<string | null>;
  /** The number of changes of the grant; 0 if it was never set. */
  declare readonly revision: pulumi.Output<number>;
  /** The name of the actor that last changed the grant. */
  declare readonly updatedBy: pulumi.Output<string | null>;
  /** When the grant was last changed: RFC 3339, UTC. */
  declare readonly updatedTime: pulumi.Output<string | null>;

  /** The type token, by which policy packs filter. */
  static readonly __pulumiType: string = RESOURCE_TYPES.scopeGrant.token;

  /** Checks whether a value is a `ScopeGrant`, of this or of another copy of the package. Policy packs call it. */
  static override isInstance(value: unknown): value is ScopeGrant {
    return isOfType(value, RESOURCE_TYPES.scopeGrant.token);
  }

  /** Reads the grant of a client, by its client ID, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ScopeGrant {
    return new ScopeGrant(name, undefined, { ...opts, id });
  }

  /** Reads one that exists, by the option `id`. */
  constructor(name: string, args: undefined, opts: ReadOptions);
  // Last, because TypeScript infers the arguments of a class from its last signature.
  /**
   * @throws pulumi.RunError when the handlers cannot be loaded from the program's folder, when the stack configuration
   * contains a token in plain text, when the option `import` names another client than `client`, or when the client
   * already has a grant in this program.
   */
  constructor(name: string, args: ScopeGrantArgs, opts?: pulumi.CustomResourceOptions);
  constructor(name: string, args: ScopeGrantArgs | undefined, opts?: pulumi.CustomResourceOptions) {
    refusePlainToken();
    refuseUnreachableHandlers();
    const { token, provider } = RESOURCE_TYPES.scopeGrant;
    const isRead = opts?.id !== undefined || opts?.urn !== undefined;
    const clientName = nameOfClient(args?.client);
    const owner = isRead ? {} : ownerInputs({ type: token, name, parent: opts?.parent, clientName });
    // List every output: the SDK defines only the properties that it finds here.
    const outputs = {
      project: undefined,
      backendId: undefined,
      revision: undefined,
      updatedBy: undefined,
      updatedTime: undefined,
    };
    // For an import the engine would call the provider without `__provider`, which names the handlers.
    const { import: imported, ...options } = opts ?? {};
    // With this option a grant keeps its client, so its check decides.
    const keepsClient = opts?.ignoreChanges?.includes("client");
    if (args !== undefined && !isRead && !keepsClient) assertOnlyGrant(name, args.client);
    const bond = args && bindToClient(args.client, { name, imported, options });
    const permissions = args && mapOf(args.permissions);
    const adopt = bond?.adopt;
    const inputs = { ...args, client: bond?.client, permissions, ...(adopt !== undefined && { adopt }) };
    const properties = { ...outputs, ...inputs, managedBy: undefined, ...owner, __provider: provider };
    // The replacement has the same ID, so a delete after the create would remove what the create has just granted.
    // Set last, so that a wrapper's `undefined` cannot remove it.
    const bound = { ...pulumi.mergeOptions(bond?.options, options), deleteBeforeReplace: true };
    const showPromiseStacks = skipPromiseStacks();
    try {
      super(token, name, properties, bound);
    } finally {
      showPromiseStacks();
    }
  }
}

/** Refuses a second grant of one client resource: each would remove what the other one gives. */
function assertOnlyGrant(name: string, client: ScopeGrantArgs["client"]): void {
  const resource = clientResourceOf(client);
  if (resource === undefined) return;
  const earlier = claimGrant(resource, name);
  if (earlier === undefined) return;
  throw programError(
    `${name}: this client already has the ScopeGrant ${earlier} in this program. A client has one grant, which lists all of its permissions: join the permissions in one ScopeGrant, or in the permissions of the Integration`,
  );
}

/** Returns the name of a client that is a resource of the program. */
function nameOfClient(client: ScopeGrantArgs["client"] | undefined): pulumi.Output<string> | undefined {
  const resource = clientResourceOf(client);
  // The class may come from another copy of the package, so the type token decides.
  return isOfType(resource, RESOURCE_TYPES.apiClient.token) ? (resource as ApiClient).name : undefined;
}

/**
 * Turns the list into the map that the engine compares by key. A permission that is not known yet gets a placeholder as
 * its key, because one unknown element would make the whole map unknown.
 */
function mapOf(permissions: ScopeGrantArgs["permissions"]): pulumi.Input<unknown> {
  if (isList(permissions)) return Object.fromEntries(permissions.map(entryOf));
  assertSendable(permissions);
  return pulumi.unsecret(pulumi.output<unknown>(permissions)).apply((list) => {
    return isList(list) ? Object.fromEntries(list.map(entryOf)) : list;
  });
}

// Array.isArray does not narrow a readonly array.
function isList(value: unknown): value is readonly pulumi.Input<string>[] {
  return Array.isArray(value);
}

/** The engine would read a Set or a Map as an empty object, and so as an empty grant. */
function assertSendable(permissions: unknown): void {
  if (!(permissions instanceof Set || permissions instanceof Map)) return;
  throw programError("permissions must be a list: write [...permissions] to make one of a Set");
}

function entryOf(permission: pulumi.Input<string>, index: number): [string, pulumi.Input<unknown>] {
  if (typeof permission === "string") return [permission, true];
  // A secret element would show the whole map as [secret], but permissions are not secret. The engine would drop
  // undefined, which a misspelt name gives in an untyped program, so pass null, which the check refuses.
  return [
    placeholderKey(index),
    pulumi.unsecret(pulumi.output<string | null>(permission)).apply((value) => value ?? null),
  ];
}
