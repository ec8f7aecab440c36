import assert from "node:assert/strict";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import type { Properties } from "../../../provider/src/dynamic/run/wire";
import {
  type Handlers,
  openHandlers,
  type ProviderBackend,
  startProviderBackend,
  stateOf,
} from "../../support/provider/handlers";
import { makeKeyPair } from "../../support/sdk/certificates";

const OWNER = "acme/urn:pulumi:dev::web::pulumi-nodejs:dynamic/xtremepush:ApiClient::crm";

describe("the ceiling of the token's actor", function () {
  this.timeout(60_000);
  let backend: ProviderBackend;
  let environment: Readonly<Record<string, string>>;
  let bounded: Handlers;
  let open: Handlers;

  before(async () => {
    backend = await startProviderBackend();
    const ceiling = PERMISSION_IDS.filter((id) => id !== "export:segment");
    const token = await backend.makeActor("editor", ["acme"], { name: "bounded", ceiling });
    environment = { ...backend.environment, XTREMEPUSH_TOKEN: token };
    bounded = await openHandlers(environment);
    open = await openHandlers(backend.environment);
  });
  after(() => backend.close());

  const grantOf = (client: string, ...permissions: readonly string[]): Properties => ({
    client,
    managedBy: "acme/urn:pulumi:dev::web::pulumi-nodejs:dynamic/xtremepush:ScopeGrant::crm",
    permissions: Object.fromEntries(permissions.map((id) => [id, true])),
  });
  const reasons = async (check: Promise<{ failures: readonly { reason: string }[] }>) =>
    (await check).failures.map(({ reason }) => reason);
  const refusal =
    "this grant gives what is above the ceiling of the actor bounded: export:segment; leave it out, or use the token of " +
    "an actor whose ceiling allows it (this one came from the environment variable XTREMEPUSH_TOKEN)";

  it("is said in the preview of a grant, also while its client is unknown", async () => {
    const { id } = await backend.admin.clients.create("acme", { name: "Preview" });

    const known = await reasons(bounded.scopeGrant.check({}, grantOf(id, "export:segment", "list:profile")));
    const unknown = await reasons(
      bounded.scopeGrant.check({}, grantOf("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "export:segment")),
    );

    assert.deepEqual([known, unknown], [[refusal], [refusal]]);
    assert.deepEqual(await reasons(bounded.scopeGrant.check({}, grantOf(id, "list:profile"))), []);
    assert.deepEqual(await reasons(open.scopeGrant.check({}, grantOf(id, "export:segment"))), []);
  });

  it("leaves alone what the grant had before, unless it gets another owner", async () => {
    const { id } = await backend.admin.clients.create("acme", { name: "Had before" });
    const had = grantOf(id, "export:segment");

    const kept = await reasons(bounded.scopeGrant.check(had, grantOf(id, "export:segment", "list:profile")));
    const taken = await reasons(
      (await openHandlers(environment)).scopeGrant.check(had, { ...had, managedBy: "acme/other" }),
    );

    assert.deepEqual([kept, taken], [[], [refusal]]);
  });

  it("is said in the preview of a credential, and of an adoption, of a client that may do more", async () => {
    const { id, outs } = await open.apiClient.create({ name: "Strong", managedBy: OWNER, secretVersion: 1 });
    await backend.admin.grants.put("acme", id, { permissions: ["export:segment"] }, { ifMatch: 0 });
    const adopted = await backend.admin.clients.create("acme", { name: "Adopted" });
    await backend.admin.grants.put("acme", adopted.id, { permissions: ["export:segment"] }, { ifMatch: 0 });
    const olds = stateOf(outs);
    const news = { name: "Strong", managedBy: OWNER, secretVersion: 1 };
    const { publicKey } = await makeKeyPair();
    const refused = {
      message: new RegExp(`client ${id} may do what is above the ceiling of the actor bounded: export:segment;`),
    };

    await assert.rejects(bounded.apiClient.diff(id, olds, { ...news, secretVersion: 2 }), refused);
    await assert.rejects(bounded.apiClient.diff(id, olds, { ...news, publicKeys: { main: publicKey } }), refused);
    await bounded.apiClient.diff(id, olds, { ...news, name: "Renamed" });
    const adoption = { name: "Adopted", managedBy: `${OWNER}2`, adopt: adopted.id };
    assert.match((await reasons(bounded.apiClient.check({}, adoption))).join("\n"), /^client \S+ may do what is above/);
    assert.deepEqual(await reasons(open.apiClient.check({}, adoption)), []);
  });
});
