import { type AccessClient, type Actor, NotFoundError } from "xtremepush-access";
import { aboveCeiling } from "xtremepush-access/rules";
import { word } from "xtremepush-access/text";
import { Failure } from "./failure";
import { goneAsNull } from "./gone";
import type { Sources } from "./settings";

/** What a ceiling is looked up with. */
interface Bound {
  readonly access: AccessClient;
  readonly project: string;
  readonly ownActor: () => Promise<Actor | null>;
  readonly sources: Sources;
}

/** Reads the actor of the token once, when it is asked for; null from a backend that knows no ceilings yet. */
export function ownActor(access: AccessClient): () => Promise<Actor | null> {
  let asked: Promise<Actor | null> | undefined;
  return () => {
    asked ??= access.actors.own().catch((error: unknown) => {
      if (NotFoundError.is(error) && error.code === "route_not_found") return null;
      throw error;
    });
    return asked;
  };
}

/**
 * Refuses, already in the preview, to give permissions above the ceiling of the token's actor; the backend would refuse
 * them half-way through the update.
 */
export async function assertMayGive(
  { ownActor: readActor, sources }: Pick<Bound, "ownActor" | "sources">,
  what: string,
  permissions: readonly string[],
): Promise<void> {
  if (permissions.length === 0) return;
  const actor = await readActor();
  const above = aboveCeiling(actor?.ceiling ?? null, permissions);
  if (actor === null || above.length === 0) return;
  throw new Failure(
    `${what} what is above the ceiling of the actor ${word(actor.name)}: ${above.map((id) => word(id)).join(", ")}; ` +
      `leave it out, or use the token of an actor whose ceiling allows it (this one came from ${sources.token})`,
  );
}

/** Refuses to give a client a credential, or to take the client, when its permissions are above the ceiling. */
export async function assertMayArm(bound: Bound, client: string): Promise<void> {
  const actor = await bound.ownActor();
  if (actor === null || actor.ceiling === null) return;
  const { access, project } = bound;
  const grant = await access.grants.get(project, client, { state: "any" }).catch(goneAsNull);
  await assertMayGive(bound, `client ${word(client)} may do`, grant?.permissions ?? []);
}
