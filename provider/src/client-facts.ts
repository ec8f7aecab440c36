import * as pulumi from "@pulumi/pulumi";

// One program may load two copies of this package: they share a registered symbol.
const FACTS = Symbol.for("pulumi-xtremepush.ApiClient.facts");
const GRANT = Symbol.for("pulumi-xtremepush.ApiClient.grant");
const CLIENT = Symbol.for("pulumi-xtremepush.ApiClient.client");

/** The facts about a client that its grants and its secret need. */
export interface ClientFacts {
  /** The name of the resource. */
  readonly name: string;
  /** The client ID that the resource adopts; undefined when it creates a client. */
  readonly adopt: pulumi.Input<string | undefined>;
  /** The declared version of the secret; 0 for none. */
  readonly secretVersion: pulumi.Input<number | undefined>;
  /** Whether deleting the resource deletes the client: the program manages it and does not retain it. */
  readonly deletable: boolean;
}

const NO_FACTS: ClientFacts = { name: "the client", adopt: undefined, secretVersion: undefined, deletable: false };

/** Stores the facts beside the outputs, where neither the engine nor an editor's completion sees them. */
export function rememberFacts(client: ClientWithId, facts: ClientFacts): void {
  Object.defineProperty(client, FACTS, { value: facts });
  for (const id of [client.id, client.clientId]) Object.defineProperty(id, CLIENT, { value: client });
}

type ClientWithId = pulumi.CustomResource & { readonly clientId: pulumi.Output<string> };

/** Returns the client resource whose ID this output is; for any other value the resource is not known. */
function clientOfId(id: unknown): pulumi.CustomResource | undefined {
  const client: unknown = isObject(id) ? Reflect.get(id, CLIENT) : undefined;
  // Only `rememberFacts` of some copy of this package writes under that symbol.
  return isObject(client) ? (client as pulumi.CustomResource) : undefined;
}

/** Returns the client resource that a grant is for; undefined for an ID of which no resource is known. */
export function clientResourceOf(client: unknown): pulumi.CustomResource | undefined {
  return pulumi.CustomResource.isInstance(client) ? client : clientOfId(client);
}

/** Returns the facts of an `ApiClient`; about any other resource nothing is known. */
export function readFacts(client: pulumi.CustomResource): ClientFacts {
  const facts: unknown = Reflect.get(client, FACTS);
  // Only `rememberFacts` of some copy of this package writes under that symbol.
  return isObject(facts) ? (facts as ClientFacts) : NO_FACTS;
}

/**
 * Remembers the name of the one grant that a client has in this program.
 *
 * @returns the name of an earlier grant; otherwise undefined.
 */
export function claimGrant(client: pulumi.CustomResource, name: string): string | undefined {
  const earlier: unknown = Reflect.get(client, GRANT);
  if (typeof earlier === "string") return earlier;
  Object.defineProperty(client, GRANT, { value: name });
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
