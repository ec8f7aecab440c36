import { isPermission } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { collected } from "../support/sdk/collected";
import { type DeclaredClient, keyOf } from "./program";
import type { StrangersChange } from "./stranger";
import { type HandMade, nameOf, type World } from "./world";

/** Creates by hand, as declared, what the program must adopt and does not exist yet; deletes some of it again. */
export async function makeByHand(world: World, declared: readonly DeclaredClient[]): Promise<void> {
  for (const client of declared) {
    if (client.origin === "program" || world.handMade.has(client.key)) continue;
    world.handMade.set(client.key, await makeOne(world, client));
  }
}

async function makeOne({ ana, project }: World, declared: DeclaredClient): Promise<HandMade> {
  const { name, secretVersion, labels, permissions, origin } = declared;
  const publicKeys = Object.fromEntries(labels.map((label) => [label, keyOf(label).pem]));
  const { id, clientSecret } = await ana.clients.create(project, { name, secretVersion, publicKeys });
  await ana.grants.put(project, id, { permissions: permissions ?? [] }, { ifMatch: 0 });
  if (origin === "deleted") await ana.clients.delete(project, id, { ifMatch: 1 });
  return { id, clientSecret };
}

/** Makes a stranger's change; false when the client no longer exists. */
export async function changeByHand(world: World, change: StrangersChange): Promise<boolean> {
  const { ana, project } = world;
  const live = await liveClient(world, change);
  if (live === undefined) return false;
  const { id, revision, grant } = live;
  if (change.kind === "rename") {
    await ana.clients.update(project, id, { name: change.name }, { ifMatch: revision });
  } else {
    const permissions = [...grant.permissions.filter(isPermission), change.permission];
    await ana.grants.put(project, id, { permissions }, { ifMatch: grant.revision });
  }
  return true;
}

/** Checks whether a stranger's change is still live. */
export async function stands(world: World, change: StrangersChange): Promise<boolean> {
  const live = await liveClient(world, change);
  if (live === undefined) return false;
  return change.kind === "rename" ? live.name === change.name : live.grant.permissions.includes(change.permission);
}

async function liveClient(
  { admin, project }: World,
  { client }: StrangersChange,
): Promise<ClientWithGrant | undefined> {
  const all = await collected(admin.clients.list(project));
  return all.find(({ managedBy }) => nameOf(managedBy) === client);
}
