import type * as pulumi from "@pulumi/pulumi";

// Two copies of this package may meet in one program: a registered symbol is the same in both.
const FACTS = Symbol.for("pulumi-xtremepush.ApiClient.facts");

/** What a program says of a client that the grants of that client go by. */
export interface ClientFacts {
  /** The client ID that the resource adopts; undefined when it makes a client of its own. */
  readonly adopt: pulumi.Input<string | undefined>;
  /** Whether the end of the resource is the end of the client: the program manages it and does not retain it. */
  readonly deletable: boolean;
}

/** Remembers the facts beside the outputs, where neither the engine nor an editor's completion meets them. */
export function rememberFacts(client: pulumi.CustomResource, facts: ClientFacts): void {
  Object.defineProperty(client, FACTS, { value: facts });
}

/** The facts of an `ApiClient`; of any other resource nothing is known. */
export function factsOf(client: pulumi.CustomResource): ClientFacts {
  const facts: unknown = Reflect.get(client, FACTS);
  // Only `rememberFacts` of some copy of this package writes under that symbol.
  return isObject(facts) ? (facts as ClientFacts) : { adopt: undefined, deletable: false };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
