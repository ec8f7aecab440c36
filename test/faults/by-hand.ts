import { type DeclaredClient, keyOf } from "./program";
import type { HandMade, World } from "./world";

/** Makes by hand what the program is to adopt and what is not there yet, as it is declared; some of it is deleted again. */
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
