import * as pulumi from "@pulumi/pulumi";
import {
  CONFIGURATION_NAMESPACE,
  composeOwner,
  DECLARED_BY,
  type DeclaredOwner,
  ENVIRONMENT_VARIABLES,
} from "./protocol";

/** The parts of an owner, from the program. */
export interface OwnerParts {
  readonly type: string;
  readonly name: string;
  readonly parent?: pulumi.Resource | undefined;
  /** Of a grant: the name of its client, for people. */
  readonly clientName?: pulumi.Input<string> | undefined;
}

/** The inputs that say who manages a resource. */
interface OwnerInputs {
  readonly managedBy: Promise<string>;
  readonly [DECLARED_BY]: Promise<pulumi.Inputs>;
}

/**
 * Composes the owner of a resource, `<owner>/<URN>`: the program that manages the client or the grant on the backend.
 *
 * The handlers do not receive the URN, and as an input it shows up in a diff when it changes. The first part is the stack
 * configuration `xtremepush:owner`, else XTREMEPUSH_OWNER, else the Pulumi organization. Outside of Pulumi Cloud that is
 * always `organization`, so teams that share a backend set an owner.
 *
 * `ignoreChanges` may replace `managedBy` with the one of the state, and an inline program of the Automation API does not
 * see the environment variables of its workspace. The check therefore composes the owner again, from `declaredBy`.
 */
export function ownerInputs({ type, name, parent, clientName }: OwnerParts): OwnerInputs {
  const chosen =
    new pulumi.Config(CONFIGURATION_NAMESPACE).get("owner") || process.env[ENVIRONMENT_VARIABLES.owner] || undefined;
  const owner = chosen ?? organization();
  const isChosen = chosen !== undefined;
  const declared = pulumi
    .all([owner, pulumi.createUrn(name, type, parent)])
    .apply(([known, urn]): DeclaredOwner => ({ owner: known, isChosen, urn }));
  const managedBy = declared.apply(({ urn }) => composeOwner(owner, urn));
  // A preview may not know the name, so it stays an input of its own.
  const declaredBy = dropDependencies(declared).then((known) => ({ ...known, ...(clientName && { clientName }) }));
  return { managedBy: dropDependencies(managedBy), [DECLARED_BY]: declaredBy };
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
function dropDependencies<T>(output: pulumi.Output<T>): Promise<T> {
  // The value is known and holds no outputs, so unwrapping does not change its type.
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
}
