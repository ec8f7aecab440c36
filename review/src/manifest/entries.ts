import { CONFIGURATION_KEYS } from "pulumi-xtremepush/protocol";
import { sortPermissions } from "xtremepush-access/catalog";
import { Description, Name } from "xtremepush-access/schemas";
import {
  type DeclaredClient,
  type DeclaredGrant,
  type EngineOptions,
  type Location,
  NO_ENGINE_OPTIONS,
  type Unknown,
} from "../model/manifest";
import { fingerprintsOf, type GivenKeys } from "./public-keys";

/** What is known about a resource besides its inputs. A backend knows only the URN and the owner. */
export interface ResourceFacts {
  readonly urn: string;
  readonly owner: string | null;
  readonly aliases?: readonly string[];
  readonly location?: Location | null;
  readonly options?: EngineOptions;
  readonly source?: string | null;
}

/** The inputs of a resource from any source; each may be unknown. */
export interface ResourceInputs {
  /** Whether the input is certainly left out. */
  isMissing(key: string): boolean;
  text(key: string): string | Unknown;
  integer(key: string): number | Unknown;
  /** Public keys by label. */
  publicKeys(key: string): GivenKeys | Unknown;
}

/** What is known about the permissions of a grant. */
export type GivenPermissions = Pick<DeclaredGrant, "permissions" | "unknownPermissions">;

/** Makes the entry of a client from its inputs, normalized as the backend does. */
export function clientEntry(facts: ResourceFacts, inputs: ResourceInputs): DeclaredClient {
  const { source, ...common } = withDefaults(facts);
  const name = inputs.text("name");
  return {
    ...common,
    adopt: inputs.isMissing("adopt") ? null : inputs.text("adopt"),
    name: typeof name === "string" ? (Name.safeParse(name).data ?? name) : name,
    description: descriptionIn(inputs),
    secretVersion: inputs.isMissing("secretVersion") ? 1 : inputs.integer("secretVersion"),
    publicKeys: inputs.isMissing("publicKeys") ? {} : fingerprintsOf(inputs.publicKeys("publicKeys")),
    secretOverlap: inputs.isMissing("secretOverlap") ? null : inputs.text("secretOverlap"),
    source,
  };
}

/** Makes the entry of a grant. `client` is the client's URN when the stack declares it, else its client ID. */
export function grantEntry(
  facts: ResourceFacts,
  { client, permissions, unknownPermissions }: GivenPermissions & Pick<DeclaredGrant, "client">,
): DeclaredGrant {
  const { source, ...common } = withDefaults(facts);
  return { ...common, client, permissions: sortPermissions(permissions), unknownPermissions, source };
}

/** Reads the location that an explicit `Provider` names. */
export function locationIn(provider: Pick<ResourceInputs, "text">): Location {
  return { endpoint: provider.text(CONFIGURATION_KEYS.endpoint), project: provider.text(CONFIGURATION_KEYS.project) };
}

/** Fills in what a backend does not know: only a program or a state has the resource options. */
export function withDefaults({
  urn,
  owner,
  aliases = [],
  location = null,
  options = NO_ENGINE_OPTIONS,
  source = null,
}: ResourceFacts) {
  return { urn, aliases: [...aliases], owner, location, ...options, source };
}

function descriptionIn(inputs: ResourceInputs): string | null | Unknown {
  if (inputs.isMissing("description")) return null;
  const description = inputs.text("description");
  return typeof description === "string" ? (Description.safeParse(description).data ?? null) : description;
}

/** Picks the resources of a type, sorted by URN as in a manifest. */
export function ofType<Resource extends { readonly urn: string; readonly type: string }>(
  resources: Iterable<Resource>,
  type: string,
): Resource[] {
  return [...resources].filter((resource) => resource.type === type).sort((a, b) => (a.urn < b.urn ? -1 : 1));
}
