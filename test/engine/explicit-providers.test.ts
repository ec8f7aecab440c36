import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  DESTROY,
  type EngineBench,
  openEngineBench,
  programOf,
  sharedBackend,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("explicit providers work on two backends with two tokens, and fall back to nothing", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let eu: { endpoint: string; admin: AccessClient; token: string };
  before(async () => {
    bench = await openEngineBench("explicit-providers");
    const { endpoint, adminToken, makeActor } = await sharedBackend("second");
    const admin = new AccessClient({ endpoint, token: adminToken });
    await admin.projects.create({ slug: "explicit-eu" });
    eu = { endpoint, admin, token: await makeActor("editor", ["explicit-eu"]) };
    await bench.stack.write(
      "index.js",
      programOf(`
        const us = new Provider("us", {
          endpoint: "${bench.endpoint}", project: "explicit-providers", tokenVariable: "US_TOKEN",
        });
        const eu = new Provider("eu", { endpoint: "${endpoint}", project: "explicit-eu", tokenVariable: "EU_TOKEN" });
        for (const [name, provider] of [["us", us], ["eu", eu]]) {
          const crm = new ApiClient(name, { name: "CRM " + name }, { provider });
          new ScopeGrant(name, { client: crm, permissions: ["list:segment"] }, { provider });
        }`),
    );
  });
  after(() => bench.close());

  const namesIn = async (access: AccessClient, project: string) =>
    (await access.clients.list(project)).items.map(({ name, grant }) => `${name}: ${grant.permissions}`);

  it("does not fall back to XTREMEPUSH_TOKEN when the variable is empty", async () => {
    const stack = bench.stack.with({ US_TOKEN: bench.token });

    const output = await stack.fail("preview");

    assert.ok(
      output.includes(`the environment variable EU_TOKEN is empty: set it to the actor token for ${eu.endpoint}`),
      output,
    );
    assertPlain(output, bench.token);
  });

  it("makes the clients of each provider on its backend, without the stack's own settings", async () => {
    const stack = bench.stack.with({
      XTREMEPUSH_ENDPOINT: "",
      XTREMEPUSH_PROJECT: "",
      XTREMEPUSH_TOKEN: "",
      US_TOKEN: bench.token,
      EU_TOKEN: eu.token,
    });

    await stack.succeed(...UP);

    assert.deepEqual(await namesIn(bench.admin, "explicit-providers"), ["CRM us: list:segment"]);
    assert.deepEqual(await namesIn(eu.admin, "explicit-eu"), ["CRM eu: list:segment"]);
    await stack.succeed(...UNCHANGED);
  });

  it("keeps no token in the state", async () => {
    const exported = await bench.stack.exported();

    assert.ok(exported.includes("EU_TOKEN"));
    assert.ok(!exported.includes("xpat_"));
  });

  it("destroys on both backends", async () => {
    await bench.stack.with({ XTREMEPUSH_TOKEN: "", US_TOKEN: bench.token, EU_TOKEN: eu.token }).succeed(...DESTROY);

    assert.deepEqual(await namesIn(bench.admin, "explicit-providers"), []);
    assert.deepEqual(await namesIn(eu.admin, "explicit-eu"), []);
  });
});
