import * as pulumi from "@pulumi/pulumi";
import { CONFIGURATION_NAMESPACE, composeOwner, ENVIRONMENT_VARIABLES } from "./protocol";

/** The parts of an owner, from the program. */
export interface OwnerParts {
  readonly type: string;
  readonly name: string;
  readonly parent?: pulumi.Resource | undefined;
}

/**
 * Composes the owner of a resource, `<owner>/<URN>`: the program that manages the client or the grant on the backend.
 *
 * The handlers do not receive the URN, and as an input it shows up in a diff when it changes. The first part is the stack
 * configuration `xtremepush:owner`, else XTREMEPUSH_OWNER, else the Pulumi organization. Outside of Pulumi Cloud that is
 * always `organization`, so teams that share a backend set an owner.
 */
export function ownerOf({ type, name, parent }: OwnerParts): Promise<string> {
  const owner =
    new pulumi.Config(CONFIGURATION_NAMESPACE).get("owner") ||
    process.env[ENVIRONMENT_VARIABLES.owner] ||
    organization();
  const urn = pulumi.createUrn(name, type, parent);
  return dropDependencies(pulumi.all([owner, urn]).apply((parts) => composeOwner(...parts)));
}

/** A unit test may call `pulumi.runtime.setMocks` without an organization, and the SDK then throws. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Missing organization name")) return "organization";
    throw error;
  }
}

/**
 * Drops the dependencies of an output, here the parent: a resource that depends on a component waits for all of its
 * children, so the client would wait for the grant beside it, which waits for the client.
 */
function dropDependencies(output: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
