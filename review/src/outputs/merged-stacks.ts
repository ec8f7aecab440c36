import type { ClientDiff, EnvironmentDiff, PermissionChange } from "../model/access-diff";
import { latestUse } from "../model/use";
import { comparePermissions, compareRulings, type PlacedClient, type Ruling, rulingOf } from "./placed-clients";

/** Clients that change in the same way, all of them in the same stacks. */
export interface MergedClients {
  /** Each in the first of its stacks; only one unless clients were merged, too. */
  readonly clients: readonly [PlacedClient, ...PlacedClient[]];
  readonly environments: readonly EnvironmentDiff[];
}

/** Merges the clients that differ in nothing but their stack. Their order stays. */
export function mergeStacks(clients: readonly PlacedClient[]): MergedClients[] {
  const keyOf = (placed: PlacedClient) => JSON.stringify([idWithoutStack(placed.client), ...changeOf(placed)]);
  return [...Map.groupBy(clients, keyOf).values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [
          {
            clients: [withLatestUse(first, more)] as const,
            environments: [first, ...more].map(({ environment }) => environment),
          },
        ],
  );
}

/** Also merges the clients that differ in nothing but who they are, and where in the program. */
export function mergeAlike(clients: readonly PlacedClient[]): MergedClients[] {
  const keyOf = ({ clients: [placed], environments }: MergedClients) => {
    const [change, findings] = changeOf(placed);
    const isRenamed = placed.client.effects.includes("renamed");
    const nameless = { ...change, nameBefore: null, nameAfter: null, source: null };
    return JSON.stringify([isRenamed, nameless, findings, environments.map(environmentKey)]);
  };
  return [...Map.groupBy(mergeStacks(clients), keyOf).values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const others = more.flatMap((merged) => merged.clients);
    return [{ ...first, clients: [withLatestUse(first.clients[0], others), ...others] as const }];
  });
}

/** A client whose permissions have the latest use of those that change like it. */
function withLatestUse(placed: PlacedClient, alike: readonly PlacedClient[]): PlacedClient {
  const permissions = placed.client.permissions.map((change, index) =>
    withUseOf(change, [change, ...alike.flatMap(({ client }) => client.permissions[index] ?? [])]),
  );
  return { ...placed, client: { ...placed.client, permissions } };
}

function withUseOf({ use: _, ...change }: PermissionChange, alike: readonly PermissionChange[]): PermissionChange {
  const use = latestUse(alike.map((each) => each.use));
  return use === undefined ? change : { ...change, use };
}

/** When something was last used differs between clients that change alike. */
function withoutUse({ use: _, ...change }: PermissionChange): PermissionChange {
  return change;
}

function changeOf({ client, findings }: PlacedClient) {
  return [
    { ...client, id: null, permissions: client.permissions.map(withoutUse) },
    findings.map(({ outcome, rule, permission }) => [outcome, rule, permission]),
  ] as const;
}

/** A permission that several clients gain or lose, all of them in the same stacks. */
export interface MergedPermission {
  readonly change: PermissionChange;
  readonly ruling: Ruling;
  readonly clients: readonly ClientDiff[];
  readonly environments: readonly EnvironmentDiff[];
}

/** Merges the same permission of several clients into one row, gravest first. */
export function mergePermissions(clients: readonly PlacedClient[]): MergedPermission[] {
  const changes = clients.flatMap(({ environment, client, findings }) =>
    client.permissions.map((change) => ({ environment, client, change, ruling: rulingOf(change, findings) })),
  );
  const byClient = Map.groupBy(changes, ({ client, change, ruling }) =>
    JSON.stringify([idWithoutStack(client), client.nameBefore, client.nameAfter, withoutUse(change), ruling]),
  );
  const perClient = [...byClient.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const change = withUseOf(
      first.change,
      same.map((each) => each.change),
    );
    return [{ ...first, change, environments: same.map(({ environment }) => environment) }];
  });
  const rows = Map.groupBy(perClient, ({ change, ruling, environments }) =>
    JSON.stringify([withoutUse(change), ruling, environments.map(environmentKey)]),
  );
  return [...rows.values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const change = withUseOf(
        first.change,
        same.map((each) => each.change),
      );
      return [{ ...first, change, clients: same.map(({ client }) => client) }];
    })
    .sort((a, b) => compareRulings(a.ruling, b.ruling) || comparePermissions(a.change, b.change) || size(b) - size(a));
}

function size({ clients, environments }: MergedPermission): number {
  return clients.length * environments.length;
}

function environmentKey({ pulumiProject, stack, location }: EnvironmentDiff): string {
  return JSON.stringify([pulumiProject, stack, location]);
}

/** What a URN says besides the stack and the Pulumi project. Two clients of one stack differ in it. */
function idWithoutStack({ id }: ClientDiff): string {
  const [, , ...rest] = id.split("::");
  return id.startsWith("urn:pulumi:") && rest.length > 0 ? rest.join("::") : id;
}
