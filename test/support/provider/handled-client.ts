import { randomUUID } from "node:crypto";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { AccessClient } from "xtremepush-access";
import type { Properties } from "../../../provider/src/dynamic/run/wire";
import { type Handlers, openHandlers, type ProviderBackend, stateOf } from "./handlers";

/** A client that the handlers have made, with what a program declares of it and what the engine keeps. */
export interface HandledClient {
  readonly handlers: Handlers;
  readonly id: string;
  readonly declared: Properties & { readonly name: string; readonly managedBy: string };
  readonly state: Properties;
}

/** Makes a client of a name of its own in the project `acme`, with the permission `list:segment`. */
export async function makeHandledClient(backend: ProviderBackend, inputs: Properties = {}): Promise<HandledClient> {
  const handlers = await openHandlers(backend.environment);
  const name = `client ${randomUUID()}`;
  const declared = { name, managedBy: ownerOf(name), secretVersion: 1, ...inputs };
  const { id, outs } = await handlers.apiClient.create(declared);
  await backend.admin.grants.put("acme", id, { permissions: ["list:segment"] }, { ifMatch: 0 });
  return { handlers, id, declared, state: stateOf(outs) };
}

/** The owner that the class composes for a resource of that name. */
export function ownerOf(name: string): string {
  return `acme-org/urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::${name}`;
}

/** Says whether the secret of a state gets a token. */
export async function works({ endpoint }: ProviderBackend, clientId: string, state: Properties): Promise<boolean> {
  const { clientSecret } = state;
  const { oauth } = new AccessClient({ endpoint });
  const error = await oauth.token({ clientId, clientSecret: String(clientSecret) }).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return true;
  if (error instanceof Error && "code" in error && error.code === "invalid_client") return false;
  throw error;
}
