import * as pulumi from "@pulumi/pulumi";
import type { Permission } from "xtremepush-access";
import type { ApiClient } from "./api-client";
import { bondOf } from "./client-bond";
import { ownerOf } from "./owner";
import { placeholderKey, RESOURCE_TYPES } from "./protocol";
import type { ReadOptions } from "./read-options";
import { refusePlainToken } from "./refusals";

/** What a program declares of a grant. */
export interface ScopeGrantArgs {
  /** The client that gets the permissions, or its client ID. A change of it replaces the grant. */
  readonly client: pulumi.Input<string> | ApiClient;
  /** Everything that the client may do; order and repeats do not matter. What is not in it is taken away. */
  readonly permissions: pulumi.Input<readonly pulumi.Input<Permission>[]>;
}

/**
 * The grant of a client: the whole set of its permissions. Its `id` is the client ID.
 *
 * It is authoritative: it takes away what the program does not declare, but it refuses to be created over permissions
 * that were given in another way, until they are declared or taken away.
 *
 * The grant of an {@link ApiClient} that the program manages ends with its client, without a call of its own, so that a
 * client that is restored has its permissions again. A client with `retainOnDelete` loses them; where a transform of the
 * program sets that for the client alone, which cannot be seen here, give the grant `deletedWith: undefined`.
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
  /** The permissions that the client has: `{"list:profile": true}`. */
  declare readonly permissions: pulumi.Output<Readonly<Record<string, true>>>;
  /** The project that the client is in. */
  declare readonly project: pulumi.Output<string>;
  /** The backend that the client is on. */
  declare readonly backendId: pulumi.Output<string>;
  /** The owner, `<owner>/<URN>`: which program manages the grant. */
  declare readonly managedBy: pulumi.Output<string | null>;
  /** Counts the changes of the grant; 0 when it was never set. */
  declare readonly revision: pulumi.Output<number>;
  /** The name of the actor that changed it last. */
  declare readonly updatedBy: pulumi.Output<string | null>;
  /** RFC 3339, UTC. */
  declare readonly updatedTime: pulumi.Output<string | null>;

  /** Reads the grant of a client, named by the client ID, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ScopeGrant {
    return new ScopeGrant(name, undefined, { ...opts, id });
  }

  /**
   * @throws pulumi.RunError when the stack configuration holds a token in plain text, or when the option `import` names
   * another client than `client`.
   */
  constructor(name: string, args: ScopeGrantArgs, opts?: pulumi.CustomResourceOptions);
  /** Reads one that exists, by the option `id`. */
  constructor(name: string, args: undefined, opts: ReadOptions);
  constructor(name: string, args: ScopeGrantArgs | undefined, opts?: pulumi.CustomResourceOptions) {
    refusePlainToken();
    const { token, provider } = RESOURCE_TYPES.scopeGrant;
    const isRead = opts?.id !== undefined || opts?.urn !== undefined;
    const managedBy = isRead ? undefined : ownerOf({ type: token, name, parent: opts?.parent });
    // Every output is listed, because the SDK defines the properties that it finds here and no others.
    const outputs = {
      project: undefined,
      backendId: undefined,
      revision: undefined,
      updatedBy: undefined,
      updatedTime: undefined,
    };
    // The engine would call the provider for an import without the text that names the handlers.
    const { import: imported, ...options } = opts ?? {};
    const bond = args && bondOf(args.client, { name, imported, options });
    const permissions = args && mapOf(args.permissions);
    const inputs = { ...args, client: bond?.client, permissions, adopt: bond?.adopt };
    super(
      token,
      name,
      { ...outputs, ...inputs, managedBy, __provider: provider },
      // A replacement has the same id, so the delete that follows a create would take back what it has just given.
      // Set last, so that no wrapper's `undefined` takes it away.
      { ...pulumi.mergeOptions(bond?.options, options), deleteBeforeReplace: true },
    );
  }
}

/**
 * Turns the list into the map that the engine compares by key. A permission that is not known yet goes under a
 * placeholder, because one unknown element of a computed map would hide all the others.
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

/** The engine would take a Set or a Map for an empty object: a grant of nothing. */
function assertSendable(permissions: unknown): void {
  if (!(permissions instanceof Set || permissions instanceof Map)) return;
  throw new pulumi.RunError("permissions must be a list: write [...permissions] to make one of a Set");
}

function entryOf(permission: pulumi.Input<string>, index: number): [string, pulumi.Input<unknown>] {
  if (typeof permission === "string") return [permission, true];
  // A secret element would show the whole map as [secret], and which permissions a client has is none. The engine would
  // drop undefined, what a misspelt name gives in an untyped program, so it travels as null, which check refuses.
  return [
    placeholderKey(index),
    pulumi.unsecret(pulumi.output<string | null>(permission)).apply((value) => value ?? null),
  ];
}
