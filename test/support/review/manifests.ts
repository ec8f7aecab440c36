import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import type { DeclaredClient, DeclaredGrant, EngineOptions, Manifest } from "../../../review/src/model/manifest";

/** A client of a manifest as tests write it, with its grant unless `permissions` is left out. */
export interface WrittenClient extends Partial<Omit<DeclaredClient, "urn">> {
  /** The name of the resource; its client is called the same unless `name` says otherwise. */
  readonly resource: string;
  readonly permissions?: readonly string[];
  readonly unknownPermissions?: string;
  /** The options and the position of the grant; those of the client stand beside its inputs. */
  readonly grant?: Partial<EngineOptions & Pick<DeclaredGrant, "source">>;
}

/** A resource without options. */
export const NO_OPTIONS: EngineOptions = {
  retained: false,
  protect: false,
  deletedWith: null,
  replaceOnChanges: [],
  replaceWith: [],
  replacementTrigger: null,
  replaced: false,
};

/** A manifest of the stack `prod` of the Pulumi project `access`, unless `more` says otherwise. */
export function manifestOf(clients: readonly WrittenClient[], more: Partial<Manifest> = {}): Manifest {
  const pulumiProject = more.pulumiProject ?? "access";
  const stack = more.stack ?? "prod";
  const urnOf = (type: string, name: string) =>
    `urn:pulumi:${stack}::${pulumiProject}::${RESOURCE_MODULE}:${type}::${name}`;
  return {
    version: 3,
    pulumiProject,
    stack,
    catalog: "0.1.0",
    uncertain: [],
    clients: clients.map(({ resource, permissions: _, unknownPermissions: __, grant: ___, ...client }) => ({
      urn: urnOf("ApiClient", resource),
      aliases: [],
      owner: `acme/${urnOf("ApiClient", resource)}`,
      location: null,
      adopt: null,
      name: resource,
      description: null,
      secretVersion: 1,
      publicKeys: {},
      secretOverlap: null,
      ...NO_OPTIONS,
      source: "index.ts:1",
      ...client,
    })),
    grants: clients.flatMap(
      ({ resource, location = null, permissions, unknownPermissions = null, grant = {} }): DeclaredGrant[] =>
        permissions === undefined
          ? []
          : [
              {
                urn: urnOf("ScopeGrant", resource),
                aliases: [],
                owner: `acme/${urnOf("ScopeGrant", resource)}`,
                location,
                client: urnOf("ApiClient", resource),
                permissions: [...permissions],
                unknownPermissions,
                ...NO_OPTIONS,
                source: "index.ts:2",
                ...grant,
              },
            ],
    ),
    ...more,
  };
}
