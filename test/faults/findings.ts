import { isDeepStrictEqual } from "node:util";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import { AccessClient, OAuthError } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { collected } from "../support/sdk/collected";
import { type DeclaredClient, holderOf, keyOf, permissionsOf, resourcesOf } from "./program";
import { type Recorded, replay } from "./record";
import { changesOfSecond } from "./second-grants";
import { isOfSecond } from "./second-program";
import { nameOf, type World } from "./world";

/** What must never be found after a run was healed. */
export const FINDINGS = [
  "doubled clients",
  "lost changes",
  "wrong grants",
  "dead secrets",
  "pending operations",
  "gaps in the audit",
  "unasked writes",
  "changes of others",
  "runs not healed",
] as const;

export interface Finding {
  readonly kind: (typeof FINDINGS)[number];
  readonly detail: string;
}

/** Compares what is declared with what is live, in the state, at the token endpoint and in the audit trail. */
export async function findingsOf(world: World, declared: readonly DeclaredClient[]): Promise<Finding[]> {
  const live = await collected(world.admin.clients.list(world.project));
  const exported = await world.stack.run("stack", "export", "--show-secrets");
  if (exported.code !== 0) {
    return [{ kind: "runs not healed", detail: `the state cannot be read:\n${exported.output}` }];
  }
  const state = stateOf(exported.output);
  const findings = [...doubled(declared, live), ...(await secondFindings(world))];
  for (const client of declared) {
    const there = live.find(({ managedBy }) => nameOf(managedBy) === client.key);
    if (there === undefined) {
      findings.push({ kind: "lost changes", detail: `${client.key} is not live` });
      continue;
    }
    findings.push(
      ...changesLost(client, there),
      ...ownersLost(world, client, there),
      ...(await secretFindings(world, client, state.secrets.get(client.key))),
    );
    const held = state.ids.get(client.key);
    if (held !== there.id) findings.push({ kind: "lost changes", detail: `${client.key} is ${held} in the state` });
  }
  findings.push(...resourcesLost(state.resources, declared));
  if (state.pending > 0) findings.push({ kind: "pending operations", detail: `${state.pending} in the state` });
  return [...findings, ...(await auditFindings(world, live))];
}

/** What the second program has must stay as it was. */
export async function secondFindings(world: World): Promise<Finding[]> {
  return (await changesOfSecond(world)).map((detail) => ({ kind: "changes of others", detail }));
}

function resourcesLost(held: readonly string[], declared: readonly DeclaredClient[]): Finding[] {
  const wanted = resourcesOf(declared);
  return isDeepStrictEqual(held.toSorted(), wanted.toSorted())
    ? []
    : [{ kind: "lost changes", detail: `the state has the resources ${held}, not ${wanted}` }];
}

function doubled(declared: readonly DeclaredClient[], live: readonly ClientWithGrant[]): Finding[] {
  const owners = new Set<string | null>();
  return live.flatMap(({ id, name, managedBy }) => {
    if (isOfSecond(managedBy)) return [];
    const resource = nameOf(managedBy);
    const isOne = !owners.has(resource) && declared.some(({ key }) => key === resource);
    owners.add(resource);
    return isOne ? [] : [{ kind: "doubled clients", detail: `${id} (${name}) of ${managedBy}` } as const];
  });
}

function changesLost(declared: DeclaredClient, live: ClientWithGrant): Finding[] {
  const { key, name, description, secretVersion, labels } = declared;
  const wanted = {
    name,
    description,
    secretVersion,
    publicKeys: Object.fromEntries(labels.map((label) => [label, keyOf(label).fingerprint])),
  };
  const permissions = permissionsOf(declared);
  const fields = Object.entries({ ...fieldsOf(live) }).flatMap(([field, value]) => {
    const asked = wanted[field as keyof typeof wanted];
    return isDeepStrictEqual(value, asked)
      ? []
      : [`${field} is ${JSON.stringify(value)}, not ${JSON.stringify(asked)}`];
  });
  return [
    ...fields.map((detail) => ({ kind: "lost changes", detail: `${key}: ${detail}` }) as const),
    ...(isDeepStrictEqual(live.grant.permissions, permissions)
      ? []
      : [{ kind: "wrong grants", detail: `${key} has ${live.grant.permissions}, not ${permissions}` } as const]),
  ];
}

/** The owners of a client and its grant are the resources of the program under its latest name. */
function ownersLost({ identity }: World, declared: DeclaredClient, { managedBy, grant }: ClientWithGrant): Finding[] {
  const { key, permissions, granted } = declared;
  const [client, own] = Object.values(RESOURCE_TYPES).map(({ token: type }) =>
    composeOwner(
      identity.owner ?? "organization",
      composeUrn({ stack: identity.stack, pulumiProject: "programs", parent: "", type, name: key }),
    ),
  );
  const wanted = [client, permissions === null ? null : own];
  const there = [managedBy, granted === null ? grant.managedBy : null];
  return isDeepStrictEqual(there, wanted)
    ? []
    : [{ kind: "lost changes", detail: `${key} and its grant belong to ${there}, not to ${wanted}` }];
}

function fieldsOf({ name, description, secretVersion, publicKeys }: ClientWithGrant) {
  return { name, description, secretVersion, publicKeys: fingerprintsOf(publicKeys) };
}

function fingerprintsOf(keys: ClientWithGrant["publicKeys"]): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([label, { fingerprint }]) => [label, fingerprint]));
}

interface HeldSecret {
  readonly clientId: string;
  readonly clientSecret: string | null;
}

/** Asks the token endpoint with the secret of the state, or of the person who created the client by hand. */
async function secretFindings(
  world: World,
  declared: DeclaredClient,
  held: HeldSecret | undefined,
): Promise<Finding[]> {
  const { key, origin, secretVersion } = declared;
  const holder = holderOf(declared);
  const isHeld = held !== undefined && held.clientSecret !== null;
  if (isHeld !== (holder === "state") || held === undefined) {
    return [{ kind: "dead secrets", detail: `${key} at version ${secretVersion} has the wrong kind of secret` }];
  }
  const made = world.handMade.get(key);
  if (holder === "state") return tokenFindings(world, declared, held);
  if (holder === "maker" && made !== undefined) {
    return tokenFindings(world, declared, { clientId: made.id, clientSecret: made.clientSecret });
  }
  // The secret of a deleted client must not work again.
  if (origin !== "deleted" || !made || made.clientSecret === null) return [];
  const { id: clientId, clientSecret } = made;
  const answer = await tokenOf(world, { clientId, clientSecret });
  return answer.error === "invalid_client"
    ? []
    : [{ kind: "dead secrets", detail: `the secret of ${key} works again, though it was deleted` }];
}

async function tokenFindings(world: World, declared: DeclaredClient, held: HeldSecret): Promise<Finding[]> {
  const { key, secretVersion } = declared;
  const permissions = permissionsOf(declared);
  const { scope, error } = await tokenOf(world, held);
  // The answer for a client that may do nothing.
  if (permissions.length === 0 && error === "invalid_scope") return [];
  if (error !== null) return [{ kind: "dead secrets", detail: `${key} at version ${secretVersion}: ${error}` }];
  const wanted = permissions.join(" ");
  return scope === wanted ? [] : [{ kind: "wrong grants", detail: `the token of ${key} has ${scope}, not ${wanted}` }];
}

/** The scope of a token, or why there is none. */
async function tokenOf({ backend }: World, { clientId, clientSecret }: HeldSecret) {
  const { oauth } = new AccessClient({ endpoint: backend.endpoint });
  try {
    const { scope = "" } = await oauth.token({ clientId, clientSecret: clientSecret ?? "" });
    return { scope, error: null };
  } catch (error) {
    if (!OAuthError.is(error)) throw error;
    return { scope: "", error: error.code };
  }
}

interface State {
  /** As in `ScopeGrant c1`. */
  readonly resources: readonly string[];
  readonly ids: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, HeldSecret>;
  readonly pending: number;
}

function stateOf(exported: string): State {
  const { deployment } = JSON.parse(exported);
  const resources: string[] = [];
  const ids = new Map<string, string>();
  const secrets = new Map<string, HeldSecret>();
  for (const { urn, id, outputs } of deployment.resources ?? []) {
    const [, type, key] = /xtremepush:(ApiClient|ScopeGrant)::(.+)$/.exec(urn) ?? [];
    if (key === undefined) continue;
    resources.push(`${type} ${key}`);
    if (type !== "ApiClient") continue;
    ids.set(key, id);
    const secret = outputs.clientSecret === null ? null : JSON.parse(outputs.clientSecret.plaintext);
    secrets.set(key, { clientId: id, clientSecret: secret });
  }
  return { resources, ids, secrets, pending: deployment.pending_operations?.length ?? 0 };
}

/** Replays the audit trail: each row must follow from earlier ones, and the last ones must match what is live. */
async function auditFindings({ admin, project, backend }: World, live: readonly ClientWithGrant[]): Promise<Finding[]> {
  const rows = await collected(admin.audit.ofProject(project));
  const replays = replay(rows.toReversed());
  const credentials = await backend.database.db
    .selectFrom("credentials")
    .innerJoin("clients", "clients.id", "credentials.client")
    .select("client")
    .where("clients.project", "=", project)
    .where("kind", "=", "secret")
    .execute();
  const made = Map.groupBy(credentials, ({ client }) => client);
  const details = [...replays].flatMap(([id, { gaps, recorded }]) => {
    const there = live.find((client) => client.id === id);
    const shown = shownOf(there, made.get(id)?.length ?? 0, recorded);
    return isDeepStrictEqual(recorded, shown)
      ? gaps
      : [...gaps, `${id} is ${JSON.stringify(shown)}, and the audit says ${JSON.stringify(recorded)}`];
  });
  const unrecorded = live.filter(({ id }) => !replays.has(id)).map(({ id }) => `${id} is in no audit row`);
  return [...details, ...unrecorded].map((detail) => ({ kind: "gaps in the audit", detail }));
}

/** A client as the API shows it; for one that is not live, only that and its secrets can be compared. */
function shownOf(live: ClientWithGrant | undefined, secrets: number, recorded: Recorded): Recorded {
  if (live === undefined) return { ...recorded, deleted: true, secrets };
  const { managedBy, revision, grant } = live;
  return {
    client: { ...fieldsOf(live), managedBy },
    revision,
    grant: { permissions: grant.permissions, managedBy: grant.managedBy },
    grantRevision: grant.revision,
    deleted: false,
    secrets,
  };
}
