import * as pulumi from "@pulumi/pulumi";
import { CONFIGURATION_NAMESPACE, composeOwner, ENVIRONMENT_VARIABLES } from "./protocol";

/** What an owner is composed of, in the program. */
export interface OwnerParts {
  readonly type: string;
  readonly name: string;
  readonly parent?: pulumi.Resource | undefined;
}

/**
 * Composes the owner of a resource, `<owner>/<URN>`: who manages the client or the grant on the backend.
 *
 * The handlers do not receive the URN, and an input shows a change of it as a diff. The first part is the stack
 * configuration `xtremepush:owner`, else XTREMEPUSH_OWNER, else the Pulumi organization, which is `organization` for
 * every state that is not kept by Pulumi Cloud: teams that share a backend set it.
 */
export function ownerOf({ type, name, parent }: OwnerParts): Promise<string> {
  const owner =
    new pulumi.Config(CONFIGURATION_NAMESPACE).get("owner") ||
    process.env[ENVIRONMENT_VARIABLES.owner] ||
    pulumi.getOrganization();
  const urn = pulumi.createUrn(name, type, parent);
  return independent(pulumi.all([owner, urn]).apply((parts) => composeOwner(...parts)));
}

/**
 * Drops what an output depends on, here the parent: a resource that depends on a component waits for all of its
 * children, so that a client would wait for the grant beside it, which waits for the client.
 */
function independent(output: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
