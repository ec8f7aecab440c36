import { ENVIRONMENT_VARIABLES, ownerIn, urnIn } from "pulumi-xtremepush/protocol";
import { AccessClient, AccessError } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { grantEntry, withDefaults } from "../manifest/entries";
import { MANIFEST_VERSION, type Manifest, type StackId } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { atDeclaredLocations } from "./live-locations";
import { CATALOG_VERSION } from "./state-manifest";

/**
 * Reads what is live of these stacks from the management API, at XTREMEPUSH_ENDPOINT with the token of a viewer: the
 * clients that are owned by their resources, with their grants, and the grants that are. Those of nobody, and of other
 * programs, are not theirs. What is declared of the stacks says at which locations they are.
 *
 * @throws ReviewFailure when no stack is known, a setting is missing or the backend cannot be asked.
 */
export async function liveManifests(
  declared: readonly Manifest[],
  environment: NodeJS.ProcessEnv,
): Promise<Manifest[]> {
  if (declared.length === 0) {
    throw new ReviewFailure(
      "`live` is of stacks, and none is known; compare it with a lock file, or write one with `xtremepush-access-review lock`",
    );
  }
  const [endpoint, project, token] = (["endpoint", "project", "token"] as const).map((name) =>
    setting(environment, ENVIRONMENT_VARIABLES[name]),
  );
  try {
    const access = new AccessClient({
      endpoint: endpoint ?? "",
      token: token ?? "",
      userAgent: "xtremepush-access-review",
    });
    const clients: ClientWithGrant[] = [];
    for await (const client of access.clients.list(project ?? "", { limit: 1_000 })) clients.push(client);
    const asked = { endpoint: endpoint ?? "", project: project ?? "" };
    return declared.map((stack) => atDeclaredLocations(manifestOf(stack, clients), stack, asked));
  } catch (error) {
    if (AccessError.is(error)) throw new ReviewFailure(`what is live cannot be read: ${error.message}`);
    throw error;
  }
}

function setting(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name]?.trim();
  if (value) return value;
  throw new ReviewFailure(
    `\`live\` needs ${name} in the environment, beside the other two of XTREMEPUSH_ENDPOINT, _PROJECT and _TOKEN`,
  );
}

function manifestOf(stack: StackId, clients: readonly ClientWithGrant[]): Manifest {
  const own = clients.flatMap((client) => {
    const urn = urnIn(client.managedBy, stack);
    return urn === null ? [] : [{ urn, client }];
  });
  // What an own client may do counts, whoever grants it.
  const granted = clients.flatMap((client) => {
    const [urn, owner] = [urnIn(client.grant.managedBy, stack), urnIn(client.managedBy, stack)];
    return urn === null && owner === null ? [] : [{ urn: urn ?? client.id, client, owner: owner ?? client.id }];
  });
  assertOneStack(stack, clients);
  assertOnce(own);
  assertOnce(granted);
  return {
    version: MANIFEST_VERSION,
    ...stack,
    catalog: CATALOG_VERSION,
    clients: own.map(({ urn, client }) => clientOf(urn, client)),
    grants: granted.map(({ urn, client, owner }) =>
      grantEntry(
        { urn, owner: client.grant.managedBy },
        { client: owner, permissions: client.grant.permissions, unknownPermissions: null },
      ),
    ),
    uncertain: [],
  };
}

function clientOf(urn: string, { managedBy, name, description, secretVersion, publicKeys }: ClientWithGrant) {
  const fingerprints = Object.entries(publicKeys).map(([label, { fingerprint }]) => [label, fingerprint] as const);
  const facts = withDefaults({ urn, owner: managedBy });
  return { ...facts, adopt: null, name, description, secretVersion, publicKeys: Object.fromEntries(fingerprints) };
}

/** Stacks of two organizations or states can have one name, and their clients the same URNs. */
function assertOneStack(stack: StackId, clients: readonly ClientWithGrant[]): void {
  const owners = clients
    .flatMap(({ managedBy, grant }) => [managedBy, grant.managedBy])
    .flatMap((managedBy) => (managedBy === null || urnIn(managedBy, stack) === null ? [] : ownerIn(managedBy)));
  const [first, ...others] = [...new Set(owners)].sort();
  if (others.length === 0) return;
  const [name, project, ...named] = [stack.stack, stack.pulumiProject, first, ...others].map((each) =>
    JSON.stringify(each),
  );
  throw new ReviewFailure(
    `stacks of two owners are called ${name} of ${project}, ${named.join(" and ")}: what is live of one cannot be distinguished from the other; give one another name`,
  );
}

function assertOnce(resources: readonly { readonly urn: string; readonly client: ClientWithGrant }[]): void {
  const clientOf = new Map<string, string>();
  for (const { urn, client } of resources) {
    const other = clientOf.get(urn);
    if (other !== undefined) {
      throw new ReviewFailure(`the clients ${other} and ${client.id} are both live as ${urn}; release one of them`);
    }
    clientOf.set(urn, client.id);
  }
}
