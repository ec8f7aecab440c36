import { stackOf } from "pulumi-xtremepush/protocol";
import { z } from "zod";
import type { Manifest, StackId } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { StateShown, stateOf } from "./preview";
import { manifestOfStates } from "./state-manifest";

const Deployment = z.looseObject({
  resources: z.array(z.looseObject({ ...StateShown.shape, delete: z.boolean().default(false) })).nullish(),
});

/**
 * Reads the clients and grants of a stack from its state, the `deployment` of `pulumi stack export`.
 *
 * @throws ReviewFailure when it is not one.
 */
export function deploymentManifest(deployment: unknown, where: StackId): Manifest {
  const read = Deployment.safeParse(deployment);
  if (!read.success) throw new ReviewFailure(`the state of the stack ${where.stack} is not a deployment of Pulumi`);
  const present = (read.data.resources ?? []).filter((resource) => !resource.delete && !resource.external);
  const states = present.map((resource) => stateOf(resource, [], false));
  const [named] = states.flatMap(({ urn }) => stackOf(urn) ?? []);
  return manifestOfStates(named ?? where, states);
}
