import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AccessClient, isPermission, type Permission } from "xtremepush-access";
import { type EngineBench, programOf } from "./engine";

/** The Pulumi project and the backend's are these in the file. */
export const WRITTEN_PROJECT = "states-before";

/** A resource of the state, as far as it says what is live. */
interface WrittenResource {
  readonly id: string;
  readonly type: string;
  readonly outputs: {
    readonly managedBy?: string | null;
    readonly name: string;
    readonly description: string | null;
    readonly secretVersion: number;
    readonly revision: number;
    readonly permissions: Readonly<Record<string, true>>;
  };
}

/**
 * Makes the clients and grants that the state knows, and answers the text of that state with their ids: an export of
 * an earlier version, with other secrets.
 */
export async function writtenStack(bench: EngineBench): Promise<string> {
  let text = readFileSync(join(__dirname, "written-stack.state.json"), "utf8");
  const { deployment } = JSON.parse(text);
  const resources: readonly WrittenResource[] = deployment.resources;
  const ids = new Map<string, string>();
  for (const { id, outputs } of resources.filter(({ type }) => type.endsWith(":ApiClient"))) {
    ids.set(id, await makeClient(bench, outputs));
  }
  for (const { id, outputs } of resources.filter(({ type }) => type.endsWith(":ScopeGrant"))) {
    await putGrant(bench, ids.get(id) ?? "", outputs);
  }
  for (const [written, id] of ids) text = text.replaceAll(`"${written}"`, `"${id}"`);
  const state = JSON.parse(text.replaceAll("BACKEND_ID", (await bench.admin.backend.get()).id));
  state.deployment.secrets_providers = { type: "passphrase", state: { salt: saltOf(bench) } };
  return JSON.stringify(state);
}

/** The CLI encrypts the secrets of an import by what it says of the passphrase. */
function saltOf({ stack }: EngineBench): string {
  const settings = readFileSync(join(stack.folder, "Pulumi.dev.yaml"), "utf8");
  return /^encryptionsalt: (.+)$/m.exec(settings)?.[1] ?? "";
}

async function makeClient({ ana, token, endpoint }: EngineBench, outputs: WrittenResource["outputs"]): Promise<string> {
  const { name, description, secretVersion, managedBy, revision } = outputs;
  const pipeline = new AccessClient({ endpoint, token });
  const isOfOne = managedBy && revision === 1;
  const fields = { name, description, secretVersion };
  if (isOfOne) return (await pipeline.clients.create(WRITTEN_PROJECT, { ...fields, managedBy })).id;
  const { id } = await ana.clients.create(WRITTEN_PROJECT, fields);
  if (managedBy) await pipeline.clients.update(WRITTEN_PROJECT, id, { managedBy }, { ifMatch: 1 });
  return id;
}

async function putGrant({ ana, token, endpoint }: EngineBench, id: string, outputs: WrittenResource["outputs"]) {
  const { managedBy = null, revision } = outputs;
  const permissions: Permission[] = Object.keys(outputs.permissions).filter(isPermission);
  if (revision === 2) await ana.grants.put(WRITTEN_PROJECT, id, { permissions }, { ifMatch: 0 });
  if (revision === 0) return;
  const pipeline = new AccessClient({ endpoint, token });
  await pipeline.grants.put(WRITTEN_PROJECT, id, { permissions, managedBy }, { ifMatch: revision - 1 });
}

/** The program whose state is in the file; both of these clients were made by hand. */
export function writtenProgram({ adopted, read }: { readonly adopted: string; readonly read: string }): string {
  return programOf(`
    const crm = new ApiClient("crm", { name: "CRM sync", description: "Keeps profiles in step" });
    new ScopeGrant("crm", {
      client: crm,
      permissions: [permissions.list.segment, pulumi.output(permissions.list.profile), permissions.info.profile],
    });
    const secretless = new ApiClient("secretless", { name: "No secret", secretVersion: 0 });
    new ScopeGrant("secretless", { client: secretless.id, permissions: [] });
    new Integration("shop", { name: "Shop", secretOverlap: "7d", permissions: select({ access: "read", maxRisk: "low" }) });
    const byHand = new ApiClient("by-hand", { name: "Made by hand", adopt: "${adopted}" });
    new ScopeGrant("by-hand", { client: byHand, permissions: ["list:segment"] });
    ApiClient.get("read", "${read}");
    ScopeGrant.get("read", "${read}");
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}
