import type * as pulumi from "@pulumi/pulumi";

// One program may load two copies of this package: they share a registered symbol.
const FACTS = Symbol.for("pulumi-xtremepush.ApiClient.facts");
const GRANT = Symbol.for("pulumi-xtremepush.ApiClient.grant");

/** The facts about a client that its grants need. */
export interface ClientFacts {
  /** The client ID that the resource adopts; undefined when it creates a client. */
  readonly adopt: pulumi.Input<string | undefined>;
  /** Whether deleting the resource deletes the client: the program manages it and does not retain it. */
  readonly deletable: boolean;
}

/** Stores the facts beside the outputs, where neither the engine nor an editor's completion sees them. */
export function rememberFacts(client: pulumi.CustomResource, facts: ClientFacts): void {
  Object.defineProperty(client, FACTS, { value: facts });
}

/** Returns the facts of an `ApiClient`; about any other resource nothing is known. */
export function readFacts(client: pulumi.CustomResource): ClientFacts {
  const facts: unknown = Reflect.get(client, FACTS);
  // Only `rememberFacts` of some copy of this package writes under that symbol.
  return isObject(facts) ? (facts as ClientFacts) : { adopt: undefined, deletable: false };
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
