import * as pulumi from "@pulumi/pulumi";
import {
  CONFIGURATION_NAMESPACE,
  composeOwner,
  DECLARED_BY,
  type DeclaredOwner,
  ENVIRONMENT_VARIABLES,
  STACK_TYPE,
  typeOf,
  urnPrefix,
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
  readonly managedBy: pulumi.Input<string>;
  readonly [DECLARED_BY]: pulumi.Input<pulumi.Inputs>;
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
  const declaredBy = (prefix: string): DeclaredOwner => {
    return { owner, isChosen: chosen !== undefined, urn: `${prefix}${type}::${name}` };
  };
  // A preview may not know the name, so it stays an input of its own.
  const named = (declared: DeclaredOwner) => ({ ...declared, ...(clientName && { clientName }) });
  const managedBy = ({ urn }: DeclaredOwner) => composeOwner(owner, urn);
  const prefix = urnPrefixUnder(parent);
  if (typeof prefix === "string") {
    const declared = declaredBy(prefix);
    return { managedBy: managedBy(declared), [DECLARED_BY]: named(declared) };
  }
  const declared = prefix.then(declaredBy);
  return { managedBy: declared.then(managedBy), [DECLARED_BY]: declared.then(named) };
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

const prefixes = new WeakMap<pulumi.Resource, Promise<string>>();

/**
 * Returns what the URN of a resource has before its type, as `pulumi.createUrn` composes it. That function makes a dozen
 * outputs for each resource, which all stay in memory until the parent is registered.
 *
 * It is a promise, because an output would depend on the parent: a resource that depends on a component waits for all of
 * its children, so the client would wait for the grant beside it, which waits for the client.
 */
function urnPrefixUnder(parent: pulumi.Resource | undefined): string | Promise<string> {
  const root = urnPrefix({ stack: pulumi.getStack(), pulumiProject: pulumi.getProject() });
  // A program in JavaScript may give null.
  if (!parent) return root;
  const known = prefixes.get(parent);
  if (known !== undefined) return known;
  const prefix = new Promise<string>((resolve) => {
    parent.urn.apply((urn) => resolve(typeOf(urn) === STACK_TYPE ? root : `${urn.slice(0, urn.lastIndexOf("::"))}$`));
  });
  prefixes.set(parent, prefix);
  return prefix;
}
