import { ENVIRONMENT_VARIABLES, parseOwnerIn } from "pulumi-xtremepush/protocol";
import { AccessClient, AccessError, actorToken, warnBeforeTokenEnd } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { quoted } from "xtremepush-access/text";
import { grantEntry, withDefaults } from "../manifest/entries";
import { MANIFEST_VERSION, type Manifest, type StackId } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { atDeclaredLocations } from "./live-locations";
import { CATALOG_VERSION } from "./state-manifest";

/**
 * Reads the live clients and grants of stacks from the management API at XTREMEPUSH_ENDPOINT, with a viewer's token. A
 * client or grant belongs to a stack when one of the stack's resources owns it; unowned ones and those of other programs
 * are left out. The declared manifests give the locations.
 *
 * @throws ReviewFailure when no stack is known, a setting is missing or the backend cannot be read.
 */
export async function liveManifests(
  declared: readonly Manifest[],
  environment: NodeJS.ProcessEnv,
): Promise<Manifest[]> {
  if (declared.length === 0) {
    throw new ReviewFailure(
      "`live` does not know which stacks to read; compare it with a lock file, or write one with `xtremepush-access-review lock`",
    );
  }
  const [endpoint = "", project] = (["endpoint", "project"] as const).map((name) =>
    readSetting(environment, ENVIRONMENT_VARIABLES[name]),
  );
  try {
    const access = new AccessClient({
      endpoint,
      token: actorToken({ endpoint, environment }) ?? readSetting(environment, ENVIRONMENT_VARIABLES.token),
      userAgent: "xtremepush-access-review",
      onTokenEnd: warnBeforeTokenEnd(endpoint, (warning) => process.stderr.write(`warning: ${warning}\n`)),
    });
    const clients: ClientWithGrant[] = [];
    for await (const client of access.clients.list(project ?? "", { limit: 1_000 })) clients.push(client);
    const asked = { endpoint, project: project ?? "" };
    return declared.map((stack) => atDeclaredLocations(manifestOf(stack, clients), stack, asked));
  } catch (error) {
    if (AccessError.is(error)) throw new ReviewFailure(`the live clients cannot be read: ${error.message}`);
    throw error;
  }
}

function readSetting(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name]?.trim();
  if (value) return value;
  throw new ReviewFailure(
    `\`live\` needs ${name} in the environment; set XTREMEPUSH_ENDPOINT, XTREMEPUSH_PROJECT and XTREMEPUSH_TOKEN`,
  );
}

function manifestOf(stack: StackId, clients: readonly ClientWithGrant[]): Manifest {
  const own = clients.flatMap((client) => {
    const urn = parseOwnerIn(client.managedBy, stack)?.urn;
    return urn === undefined ? [] : [{ urn, client }];
  });
  // Every grant of the stack's own clients counts, whoever owns the grant.
  const granted = clients.flatMap((client) => {
    const [urn, owner] = [client.grant, client].map(({ managedBy }) => parseOwnerIn(managedBy, stack)?.urn);
    return urn === undefined && owner === undefined
      ? []
      : [{ urn: urn ?? client.id, client, owner: owner ?? client.id }];
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

function clientOf(urn: string, client: ClientWithGrant) {
  const { managedBy, name, description, secretVersion, publicKeys, secrets } = client;
  const fingerprints = Object.entries(publicKeys).map(([label, { fingerprint }]) => [label, fingerprint] as const);
  const facts = withDefaults({ urn, owner: managedBy });
  const keys = Object.fromEntries(fingerprints);
  const superseded = secrets.some(({ expiresTime }) => expiresTime !== null) ? {} : { superseded: false as const };
  // The backend keeps the ends of secrets and not the overlap that set them.
  const secret = { secretVersion, secretOverlap: null, ...superseded };
  return { ...facts, ...secret, adopt: null, name, description, publicKeys: keys };
}

/** Stacks of two organizations or states can share a name, and then their clients share URNs. */
function assertOneStack(stack: StackId, clients: readonly ClientWithGrant[]): void {
  const owners = clients
    .flatMap(({ managedBy, grant }) => [managedBy, grant.managedBy])
    .flatMap((managedBy) => parseOwnerIn(managedBy, stack)?.owner ?? []);
  const distinct = [...new Set(owners)].sort();
  if (distinct.length < 2) return;
  const [name, project, ...named] = [stack.stack, stack.pulumiProject, ...distinct].map((each) => quoted(each));
  throw new ReviewFailure(
    `the stack ${name} of ${project} has several owners, ${named.join(" and ")}: their live clients cannot be told apart; rename one of the stacks`,
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
