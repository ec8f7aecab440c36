import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { planExport } from "../../../provider/src/cli/export-plan";
import { importFile } from "../../../provider/src/cli/import-file";
import { type LiveProject, readLiveProject } from "../../../provider/src/cli/live-project";
import { makeByHand } from "../../support/provider/hand-made-clients";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../support/provider/handlers";

const TARGET = { owner: "acme", stack: "prod", pulumiProject: "acme-access" };
const SILENT = { out: () => {}, err: () => {} };
const CLIENT_OWNER = `acme/urn:pulumi:prod::acme-access::${RESOURCE_MODULE}:ApiClient::crm-sync`;
const GRANT_OWNER = `acme/urn:pulumi:prod::acme-access::${RESOURCE_MODULE}:ScopeGrant::crm-sync`;

describe("the import file", function () {
  this.timeout(60_000);

  let backend: ProviderBackend;
  let live: LiveProject;
  before(async () => {
    backend = await startProviderBackend();
    await makeByHand(backend.admin, "acme", [
      { name: "CRM sync", description: "Profiles", secretVersion: 3, permissions: ["list:profile", "info:task"] },
    ]);
    live = await readLiveProject(backend.admin, "acme", SILENT);
  });
  after(() => backend.close());

  it("holds each resource as the handlers read it, with the owner of the program in the inputs", async () => {
    const [client, grant] = JSON.parse(importFile(live, planExport(live.clients).declared, TARGET)).resources;

    const { apiClient, scopeGrant } = await openHandlers(backend.environment);
    const [readClient, readGrant] = [await apiClient.read(client.id, {}), await scopeGrant.read(grant.id, {})];
    const clientText = { __provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient' };
    const grantText = { __provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant' };
    assert.deepEqual(client, {
      type: `${RESOURCE_MODULE}:ApiClient`,
      name: "crm-sync",
      id: live.clients[0]?.id,
      inputs: { ...readClient.inputs, managedBy: CLIENT_OWNER, ...clientText },
      outputs: { ...readClient.props, owner: CLIENT_OWNER, ...clientText },
    });
    assert.deepEqual(grant, {
      type: `${RESOURCE_MODULE}:ScopeGrant`,
      name: "crm-sync",
      id: live.clients[0]?.id,
      inputs: { ...readGrant.inputs, managedBy: GRANT_OWNER, ...grantText },
      outputs: { ...readGrant.props, managedBy: null, owner: GRANT_OWNER, ...grantText },
    });
  });

  it("says that the backend shows no secret, and which version is live", async () => {
    const [client] = JSON.parse(importFile(live, planExport(live.clients).declared, TARGET)).resources;

    assert.equal(client.outputs.clientSecret, null);
    assert.equal(client.outputs.secretVersion, 3);
    assert.equal(client.inputs.secretVersion, 3);
  });

  it("holds no entry for what is not declared", () => {
    const clients = live.clients.map((client) => ({ ...client, grant: { ...client.grant, managedBy: "team/urn:x" } }));

    const { resources } = JSON.parse(importFile(live, planExport(clients).declared, TARGET));

    assert.deepEqual(
      resources.map(({ type }: { type: string }) => type),
      [`${RESOURCE_MODULE}:ApiClient`],
    );
  });
});
