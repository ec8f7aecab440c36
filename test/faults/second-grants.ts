import { isDeepStrictEqual } from "node:util";
import { type Grant, isPermission, sortPermissions } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { collected } from "../support/sdk/collected";
import type { DeclaredClient } from "./program";
import { type GivenGrant, secondOwner } from "./second-program";
import { nameOf, type World } from "./world";

/** Gives the permissions of the second program to each client that declares them and has none of it. */
export async function giveAsSecond(world: World, declared: readonly DeclaredClient[]): Promise<void> {
  const { second, project } = world;
  for (const { id, managedBy, grant } of await liveClients(world)) {
    const client = declared.find(({ key }) => key === nameOf(managedBy));
    if (!client?.granted || second.granted.has(id)) continue;
    const given = { permissions: client.granted, managedBy: secondOwner("scopeGrant", client.key) };
    await second.access.grants.put(project, id, given, { ifMatch: grant.revision });
    second.granted.set(id, given);
  }
}

/** Releases the grants that keep clients from being deleted, as a person does after the refusal. */
export async function releaseGranted(world: World, refused: readonly string[]): Promise<void> {
  const { ana, second, project } = world;
  for (const { id, managedBy, grant } of await liveClients(world)) {
    if (!second.granted.has(id) || !refused.includes(nameOf(managedBy) ?? "")) continue;
    const permissions = grant.permissions.filter(isPermission);
    await ana.grants.put(project, id, { permissions, managedBy: null }, { ifMatch: grant.revision });
    second.granted.delete(id);
  }
}

/** Compares what the second program has with what it has made, and describes each change. */
export async function changesOfSecond(world: World): Promise<string[]> {
  const { own, granted } = world.second;
  const live = await liveClients(world);
  const there = live.find(({ id }) => id === own.id);
  const lost = [...granted].flatMap(([id, given]) => {
    const grant = live.find((one) => one.id === id)?.grant;
    return isKept(given, grant) ? [] : [`the permissions of ${id} are ${JSON.stringify(grant ?? null)}`];
  });
  const changed = isDeepStrictEqual(there, own) ? [] : [`its client is ${JSON.stringify(there ?? null)}`];
  return [...changed, ...lost];
}

interface LiveGrant extends Pick<Grant, "managedBy"> {
  readonly permissions: readonly string[];
}

/** Whether a grant is as it was given. */
export function isKept({ permissions, managedBy }: GivenGrant, live: LiveGrant | undefined): boolean {
  const ids = sortPermissions(permissions);
  return live !== undefined && isDeepStrictEqual([live.permissions, live.managedBy], [ids, managedBy]);
}

async function liveClients({ admin, project }: World): Promise<ClientWithGrant[]> {
  return collected(admin.clients.list(project));
}
