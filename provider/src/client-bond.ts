import * as pulumi from "@pulumi/pulumi";
import { clientResourceOf, readFacts } from "./client-facts";
import { programError } from "./program-error";
import { sharedProvider } from "./shared-provider";

/** The arguments of a grant's constructor. */
interface Given {
  readonly name: string;
  /** The resource option `import`. */
  readonly imported: string | undefined;
  readonly options: pulumi.CustomResourceOptions;
}

/** How a grant depends on its client. */
interface Bond {
  readonly client: pulumi.Input<string>;
  /** Set when the client is adopted: the check then compares the grants, even in a preview. */
  readonly adopt: pulumi.Input<string | undefined>;
  readonly options: pulumi.CustomResourceOptions;
}

/** Derives the inputs and options of a grant from its client or client ID. */
export function bindToClient(client: pulumi.Input<string> | pulumi.CustomResource, given: Given): Bond {
  const { imported, options } = given;
  if (!pulumi.CustomResource.isInstance(client)) {
    // Any update of the client makes `clientId` unknown in a preview; its `id`, the same value, stays known.
    const id = clientResourceOf(client)?.id ?? client;
    return { client: sameAsImported(id, given), adopt: imported, options: {} };
  }
  const { adopt, deletable } = readFacts(client);
  const isGone = deletable && !isProtected(client) && isRetainedAlike(client, options.parent);
  const endsWithIt = isGone && !("deletedWith" in options);
  return {
    client: sameAsImported(adopt === undefined ? client.id : adoptedId(adopt, client), given),
    adopt: adopt ?? imported,
    options: {
      ...sharedProvider(client, given),
      ...(adopt !== undefined && { dependsOn: client }),
      ...(endsWithIt && { deletedWith: client }),
    },
  };
}

/** An ID written in the program is known at once; the client's own output is known only after its adoption. */
function adoptedId(adopt: pulumi.Input<string | undefined>, client: pulumi.CustomResource): pulumi.Input<string> {
  if (typeof adopt === "string") return adopt;
  return pulumi.output(adopt).apply((id) => (id === undefined ? client.id : pulumi.output(id)));
}

/** The ID of a grant is the ID of its client, so no other ID can be imported. */
function sameAsImported(client: pulumi.Input<string>, { name, imported }: Given): pulumi.Input<string> {
  if (imported === undefined) return client;
  const assertSame = (id: string) => {
    if (id === imported) return id;
    throw programError(
      `${name}: the option import names client ${imported}, but this is the grant of client ${id}: remove import`,
    );
  };
  return typeof client === "string" ? assertSame(client) : pulumi.output(client).apply(assertSame);
}

/**
 * Whether the engine refuses to delete the client. With `deletedWith`, its grant would leave the state all the same, and no
 * program would manage the permissions that the client keeps.
 */
function isProtected(client: pulumi.CustomResource): boolean {
  // Internal to @pulumi/pulumi, but the only way to get what parents and transformations decide; resource.js of 3.259.0.
  return Reflect.get(client, "__protect") === true;
}

/**
 * Whether the grant inherits `retainOnDelete` from the same parents as its client. With `deletedWith`, the grant of a
 * retained client would never be removed.
 */
function isRetainedAlike(client: pulumi.CustomResource, parent: pulumi.Resource | undefined): boolean {
  const stack = pulumi.runtime.getStackResource();
  // Internal to @pulumi/pulumi, but the only way to get the parent; resource.js of 3.259.0.
  const parentOfClient: unknown = Reflect.get(client, "__parentResource");
  return parent === client || parentOfClient === stack || parentOfClient === parent;
}
