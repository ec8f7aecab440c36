import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AccessClient } from "xtremepush-access";
import type { ClientCreate, ClientPatch, GrantPut } from "xtremepush-access/schemas";
import type { Properties } from "../../../provider/src/dynamic/run/wire";
import type { ProviderBackend } from "./handlers";

/** A state that an earlier version has written, with what the program declares and what is live. */
export interface StateBefore {
  /** What is true of the resource. */
  readonly title: string;
  readonly type: "ApiClient" | "ScopeGrant";
  /** The calls that bring a backend to what the state knows. */
  readonly live: {
    readonly create: ClientCreate;
    readonly changes: readonly ClientPatch[];
    readonly grants?: readonly GrantPut[];
  };
  /** What the class sends, before the check. */
  readonly given: Properties;
  /** The inputs and outputs of the state; a secret is a plain value for the handlers. */
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** Whether the program declares something else than what the state has. */
  readonly changes?: boolean;
  /** Whether the outputs differ from the inputs, which are equal: the engine compares those, and sees no change. */
  readonly leftToEngine?: boolean;
  /** Whether the resource is read and not managed. */
  readonly unmanaged?: boolean;
  /** What a read of that version has answered. */
  readonly refreshed: { readonly inputs: Properties; readonly props: Properties };
}

/** Stand in the file for what each backend makes again. */
const [CLIENT_ID, BACKEND_ID] = [/CLIENT_ID/g, /BACKEND_ID/g];

/** The states in the file, as it has them. */
export function statesBefore(): readonly StateBefore[] {
  return JSON.parse(readFileSync(join(__dirname, "written-states.json"), "utf8"));
}

/** The same state with its client live on this backend. */
export async function liveState(backend: ProviderBackend, state: StateBefore): Promise<StateBefore & { id: string }> {
  const { endpoint, environment, admin } = backend;
  const pipeline = new AccessClient({ endpoint, token: environment["XTREMEPUSH_TOKEN"] });
  const { create, changes, grants = [] } = state.live;
  const { id } = await pipeline.clients.create("acme", create);
  for (const [index, change] of changes.entries()) {
    await pipeline.clients.update("acme", id, change, { ifMatch: index + 1 });
  }
  for (const [revision, grant] of grants.entries()) {
    await pipeline.grants.put("acme", id, grant, { ifMatch: revision });
  }
  const { id: backendId } = await admin.backend.get();
  const text = JSON.stringify(state).replace(CLIENT_ID, id).replace(BACKEND_ID, backendId);
  return { ...JSON.parse(text), id };
}

/** Two answers are compared without what depends on when and as whom the calls were made. */
export function withoutActors(properties: Properties): Properties {
  const { createdBy: _a, createdTime: _b, updatedBy: _c, updatedTime: _d, ...rest } = properties;
  return rest;
}
