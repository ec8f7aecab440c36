import * as pulumi from "@pulumi/pulumi";
import { programError } from "./program-error";
import { PROVIDER_TYPE, RESOURCE_TYPES } from "./protocol";
import { isOfType } from "./resource-type";

/** A grant that is being declared. */
interface GrantOfClient {
  readonly name: string;
  readonly options: pulumi.CustomResourceOptions;
}

/**
 * Returns the option that gives a grant the provider of its client: on another backend or project there is no such client.
 *
 * @throws pulumi.RunError when the grant has another provider, by its own options or from its parent.
 */
export function sharedProvider(
  client: pulumi.CustomResource,
  { name, options }: GrantOfClient,
): pulumi.CustomResourceOptions {
  const { token } = RESOURCE_TYPES.apiClient;
  if (!isOfType(client, token)) return {};
  const wanted = client.getProvider(token);
  const named = namedProvider(options);
  if (named === undefined && wanted !== undefined) return { provider: wanted };
  const own = named ?? options.parent?.getProvider(token);
  if (own === wanted) return {};
  throw programError(
    `${name}: the grant uses ${labelOf(own)}, but its client uses ${labelOf(wanted)}: ${fixFor(named)}. If both are the same project of the same backend, pass the ID of the client instead of the client`,
  );
}

function fixFor(named: pulumi.ProviderResource | undefined): string {
  if (named === undefined) return "give both the same parent, or the client the Provider of this parent";
  return "leave out the option provider of the grant, which then uses the Provider of its client";
}

function namedProvider(options: pulumi.CustomResourceOptions): pulumi.ProviderResource | undefined {
  // The types have no `providers` for a custom resource, but the SDK reads it: a list, or a map by package.
  const providers: unknown = Reflect.get(options, "providers");
  const list: unknown[] = typeof providers === "object" && providers !== null ? Object.values(providers) : [];
  return [options.provider, ...list].find(
    (one): one is pulumi.ProviderResource => pulumi.ProviderResource.isInstance(one) && isOfType(one, PROVIDER_TYPE),
  );
}

/** The name is internal to @pulumi/pulumi; resource.js of 3.259.0. */
function labelOf(provider: pulumi.ProviderResource | undefined): string {
  return provider === undefined ? "the stack's own settings" : `the Provider ${Reflect.get(provider, "__name")}`;
}
