import { isDeepStrictEqual } from "node:util";
import { isPermission } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { collected } from "../support/sdk/collected";
import type { DeclaredClient } from "./program";
import { isOfSecond, secondOwner } from "./second-program";
import { nameOf, type World } from "./world";

/** Gives the permissions of the second program to each client that declares them and has none of it. */
export async function giveAsSecond(world: World, declared: readonly DeclaredClient[]): Promise<void> {
  const { second, project } = world;
  for (const { id, managedBy, grant } of await liveClients(world)) {
    const client = declared.find(({ key }) => key === nameOf(managedBy));
    if (!client?.granted || second.granted.has(id)) continue;
    const given = { permissions: client.granted, managedBy: secondOwner("scopeGrant", client.key) };
    await second.access.grants.put(project, id, given, { ifMatch: grant.revision });
    second.granted.add(id);
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
  const lost = [...granted].flatMap((id) => {
    const client = live.find((one) => one.id === id);
    const isKept = isOfSecond(client?.grant.managedBy ?? null) && client?.grant.permissions.length === 2;
    return isKept ? [] : [`the permissions of ${id} are ${JSON.stringify(client?.grant ?? null)}`];
  });
  const changed = isDeepStrictEqual(there, own) ? [] : [`its client is ${JSON.stringify(there ?? null)}`];
  return [...changed, ...lost];
}

async function liveClients({ admin, project }: World): Promise<ClientWithGrant[]> {
  return collected(admin.clients.list(project));
}
