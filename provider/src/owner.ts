import * as pulumi from "@pulumi/pulumi";

/** What an owner is composed of, in the program. */
export interface OwnerParts {
  readonly type: string;
  readonly name: string;
  readonly parent?: pulumi.Resource | undefined;
}

/**
 * Composes the owner of a resource, `<owner>/<URN>`: who manages the client or the grant on the backend.
 *
 * The handlers are not told the URN, and an input shows a change of it as a diff. The first part is the stack
 * configuration `xtremepush:owner`, else XTREMEPUSH_OWNER, else the Pulumi organization, which is `organization` for
 * every state that is not kept by Pulumi Cloud: teams that share a backend set it.
 */
export function ownerOf({ type, name, parent }: OwnerParts): pulumi.Output<string> {
  const owner =
    new pulumi.Config("xtremepush").get("owner") || process.env["XTREMEPUSH_OWNER"] || pulumi.getOrganization();
  return pulumi.interpolate`${owner}/${pulumi.createUrn(name, type, parent)}`;
}
