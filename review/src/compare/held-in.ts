import type { AccessDiff, ClientDiff, PermissionChange } from "../model/access-diff";
import type { Manifest, StackId } from "../model/manifest";
import { clientAccessOf } from "./client-access";

/** What the clients of one stack certainly have, by their names. */
type Held = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Adds to each permission that a client gains in which of these stacks the client of its name has it already: on every side,
 * which is what is declared before and after the change. What is not certain is not there.
 */
export function withHeldIn(
  diff: AccessDiff,
  stacks: readonly string[],
  sides: readonly (readonly Manifest[])[],
): AccessDiff {
  if (stacks.length === 0) return diff;
  const known = sides.map((side) => new Map(side.map((manifest) => [keyOf(manifest), heldIn(manifest)])));
  const environments = diff.environments.map((environment) => {
    const { pulumiProject, stack } = environment;
    const others = stacks.filter((other) => other !== stack);
    const has = (other: string, name: string, permission: string) =>
      known.every((side) =>
        side
          .get(keyOf({ pulumiProject, stack: other }))
          ?.get(name)
          ?.has(permission),
      );
    const withStacks = (name: string | null) => (row: PermissionChange) => {
      const found = name === null ? [] : others.filter((other) => has(other, name, row.permission));
      return row.sign === "-" ? row : { ...row, heldIn: found };
    };
    const clients = environment.clients.map((client) => ({
      ...client,
      permissions: client.permissions.map(withStacks(lastingName(client))),
    }));
    return { ...environment, clients };
  });
  return { ...diff, environments };
}

/** The name of a client that does not take another client's name in this change; null without one. */
function lastingName({ effects, nameBefore, nameAfter }: ClientDiff): string | null {
  return nameBefore === nameAfter || (nameBefore === null && effects.includes("created")) ? nameAfter : null;
}

function heldIn(manifest: Manifest): Held {
  if (manifest.uncertain.length > 0) return new Map();
  const clients = clientAccessOf(manifest).flatMap((client) =>
    client.name === null ? [] : [{ ...client, name: client.name }],
  );
  const sets = [...Map.groupBy(clients, ({ name }) => name)].map(([name, called]) => {
    const [first, ...others] = called.map(({ permissions, permissionsKnown }) => (permissionsKnown ? permissions : []));
    const common = (first ?? []).filter((permission) => others.every((other) => other.includes(permission)));
    return [name, new Set(common)] as const;
  });
  return new Map(sets);
}

function keyOf({ pulumiProject, stack }: StackId): string {
  return JSON.stringify([pulumiProject, stack]);
}
