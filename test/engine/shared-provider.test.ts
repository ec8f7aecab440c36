import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  DESTROY,
  type EngineBench,
  openEngineBench,
  programOf,
  sharedBackend,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("a grant without a provider, whose client has one,", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let eu: AccessClient;
  let stack: EngineBench["stack"];
  before(async () => {
    bench = await openEngineBench("shared-provider");
    const { endpoint, adminToken, makeActor } = await sharedBackend("second");
    eu = new AccessClient({ endpoint, token: adminToken });
    await eu.projects.create({ slug: "shared-eu" });
    stack = bench.stack.with({ EU_TOKEN: await makeActor("editor", ["shared-eu"]) });
    await stack.write(
      "index.js",
      programOf(`
        const eu = new Provider("eu", { endpoint: "${endpoint}", project: "shared-eu", tokenVariable: "EU_TOKEN" });
        const crm = new ApiClient("crm", { name: "CRM sync" }, { provider: eu });
        new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });`),
    );
  });
  after(() => bench.close());

  it("is on the backend of the client after one run, and nothing is on the stack's own", async () => {
    await stack.succeed(...UP);

    const { items } = await eu.clients.list("shared-eu");
    assert.deepEqual(
      items.map(({ name, grant }) => [name, grant.permissions]),
      [["CRM sync", ["list:segment"]]],
    );
    assert.deepEqual(await bench.clients(), []);
    await stack.succeed(...UNCHANGED);
  });

  it("ends with its client", async () => {
    await stack.succeed(...DESTROY);

    assert.deepEqual((await eu.clients.list("shared-eu")).items, []);
  });
});
