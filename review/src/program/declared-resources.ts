import { providerUrnOf, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import { clientEntry, grantEntry, locationIn, ofType, type ResourceFacts } from "../manifest/entries";
import type { DeclaredClient, DeclaredGrant, Location, Unknown } from "../model/manifest";
import { clientPlaceholder } from "./inputs/placeholder";
import { NotKnown, RegisteredInputs } from "./inputs/registered-inputs";
import type { Registration } from "./inputs/registration";

/** The clients and grants that a program declares. */
export interface DeclaredResources {
  readonly clients: DeclaredClient[];
  readonly grants: DeclaredGrant[];
}

/** Picks the clients and grants from the resources that a program registers. */
export function declaredResources(registrations: ReadonlyMap<string, Registration>): DeclaredResources {
  const clients = ofType(registrations.values(), RESOURCE_TYPES.apiClient.token);
  const placeholders = clients.map(({ urn }) => clientPlaceholder(urn));
  const inputsOf = (registration: Registration) => new RegisteredInputs(registration, placeholders);
  const urns = urnsByClientId(clients, inputsOf);
  const factsOf = (registration: Registration) => ({
    ...registration,
    owner: ownerOf(registration),
    location: locationOf(registration, registrations, inputsOf),
  });
  return {
    clients: clients.map((client) => clientEntry(factsOf(client), inputsOf(client))),
    grants: ofType(registrations.values(), RESOURCE_TYPES.scopeGrant.token).map((grant) =>
      grantOf(factsOf(grant), inputsOf(grant), urns),
    ),
  };
}

type InputsOf = (registration: Registration) => RegisteredInputs;

/** Finds a client by its placeholder or by the client ID that it adopts. A placeholder wins over an adopted ID. */
function urnsByClientId(clients: readonly Registration[], inputsOf: InputsOf): Map<string, string> {
  const urns = new Map<string, string>();
  for (const client of clients) {
    const adopted = inputsOf(client).value("adopt");
    if (typeof adopted === "string") urns.set(adopted, client.urn);
    urns.set(clientPlaceholder(client.urn), client.urn);
  }
  return urns;
}

function ownerOf({ inputs }: Registration): string | null {
  const owner = inputs["managedBy"];
  return typeof owner === "string" ? owner : null;
}

function locationOf(
  { provider }: Registration,
  registrations: ReadonlyMap<string, Registration>,
  inputsOf: InputsOf,
): Location | null {
  if (provider === "") return null;
  const found = registrations.get(providerUrnOf(provider));
  if (found !== undefined) return locationIn(inputsOf(found));
  const unknown = { unknown: "the program does not declare its provider" };
  return { endpoint: unknown, project: unknown };
}

function grantOf(facts: ResourceFacts, inputs: RegisteredInputs, urns: ReadonlyMap<string, string>): DeclaredGrant {
  return grantEntry(facts, { client: clientOf(inputs, urns), ...inputs.permissions() });
}

function clientOf(inputs: RegisteredInputs, urns: ReadonlyMap<string, string>): string | Unknown {
  const given = inputs.given("client");
  const urn = typeof given === "string" && !inputs.isIgnored("client") ? urns.get(given) : undefined;
  if (urn !== undefined) return urn;
  const client = inputs.value("client");
  if (client instanceof NotKnown) return { unknown: client.unknown };
  return typeof client === "string" ? client : { unknown: "it is not a client ID" };
}
