import type { AccessDiff, EnvironmentDiff } from "../model/access-diff";
import type { Manifest, StackId } from "../model/manifest";
import { compare } from "./compare";

/** A stack that HEAD gives up. Its clients are null when its lock file cannot be read. */
export type GivenUp = Manifest | (StackId & { readonly clients: null });

/**
 * Adds the clients of the stacks that HEAD gives up, as deleted, for the rules to decide on. Nothing of them is destroyed, so
 * reports do not list them. But removing the files of a stack must not avoid a rule about it or about a client of it.
 */
export function withGivenUp(diff: AccessDiff, givenUp: readonly GivenUp[]): AccessDiff {
  const read = givenUp.filter((stack) => stack.clients !== null);
  const left = compare(read.map(unprotected), []);
  const unread = givenUp.filter((stack) => stack.clients === null).map(unknownClient);
  return {
    ...diff,
    environments: [...diff.environments, ...left.environments, ...unread],
    uncertain: [...diff.uncertain, ...left.uncertain],
  };
}

/** Nobody runs the engine, so what it would refuse to delete does not count. */
function unprotected(stack: Manifest): Manifest {
  const bare = <Resource extends object>(resource: Resource) => ({ ...resource, protect: false });
  return { ...stack, clients: stack.clients.map(bare), grants: stack.grants.map(bare) };
}

/** Without a name, it meets each condition on the name. */
function unknownClient({ pulumiProject, stack }: StackId): EnvironmentDiff {
  return {
    pulumiProject,
    stack,
    location: null,
    catalog: null,
    clients: [
      {
        id: `clients of the stack ${stack}`,
        effects: ["deleted"],
        nameBefore: null,
        nameAfter: null,
        before: 0,
        after: 0,
        permissions: [],
        credentials: [],
        grantReplaced: false,
        unknown: null,
        source: null,
      },
    ],
  };
}
