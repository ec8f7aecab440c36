import * as pulumi from "@pulumi/pulumi";
import { factsOf } from "./client-facts";

/** What the constructor of a grant was given. */
interface Given {
  readonly name: string;
  /** The resource option `import`. */
  readonly imported: string | undefined;
  readonly options: pulumi.CustomResourceOptions;
}

/** How a grant hangs on its client. */
interface Bond {
  readonly client: pulumi.Input<string>;
  /** Set when the client is adopted: the check then compares the grants, in the preview too. */
  readonly adopt: pulumi.Input<string | undefined>;
  readonly options: pulumi.CustomResourceOptions;
}

/** Finds what follows for a grant from the client, or the client ID, that it was given. */
export function bondOf(client: pulumi.Input<string> | pulumi.CustomResource, given: Given): Bond {
  const { imported, options } = given;
  if (!pulumi.CustomResource.isInstance(client)) {
    return { client: sameAsImported(client, given), adopt: imported, options: {} };
  }
  const { adopt, deletable } = factsOf(client);
  const endsWithIt = deletable && !("deletedWith" in options) && isRetainedAlike(client, options.parent);
  return {
    client: sameAsImported(adopt === undefined ? client.id : adoptedId(adopt, client), given),
    adopt: adopt ?? imported,
    options: { ...(adopt !== undefined && { dependsOn: client }), ...(endsWithIt && { deletedWith: client }) },
  };
}

/** Known at once where the ID is written in the program, while the client's own is known only after its adoption. */
function adoptedId(adopt: pulumi.Input<string | undefined>, client: pulumi.CustomResource): pulumi.Input<string> {
  if (typeof adopt === "string") return adopt;
  return pulumi.output(adopt).apply((id) => (id === undefined ? client.id : pulumi.output(id)));
}

/** The id of a grant is that of its client, so nothing else can be imported. */
function sameAsImported(client: pulumi.Input<string>, { name, imported }: Given): pulumi.Input<string> {
  if (imported === undefined) return client;
  const assertSame = (id: string) => {
    if (id === imported) return id;
    throw new pulumi.RunError(
      `${name}: the option import names client ${imported}, but this is the grant of client ${id}: leave import out`,
    );
  };
  return typeof client === "string" ? assertSame(client) : pulumi.output(client).apply(assertSame);
}

/**
 * Says whether a grant is retained wherever its client is, as far as a parent decides: the engine hands
 * `retainOnDelete` down. A grant that goes with a client that is retained would never be taken back.
 */
function isRetainedAlike(client: pulumi.CustomResource, parent: pulumi.Resource | undefined): boolean {
  const stack = pulumi.runtime.getStackResource();
  // Internal to @pulumi/pulumi, but the one way to learn the parent; resource.js of 3.259.0.
  const parentOfClient: unknown = Reflect.get(client, "__parentResource");
  return parent === client || parentOfClient === stack || parentOfClient === parent;
}
