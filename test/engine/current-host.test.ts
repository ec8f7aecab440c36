import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { needsCurrentHost } from "../support/engine/current-host";
import { DESTROY, type EngineBench, openEngineBench, programOf, UNCHANGED, UP } from "../support/engine/engine";

/** Resource hooks around the creation of a client write their names into a file. */
const HOOKS = programOf(`
  const { appendFileSync } = require("node:fs");
  const hook = (step) => new pulumi.ResourceHook(step, async ({ name }) => appendFileSync("hooks.log", step + " " + name + "\\n"));
  const hooks = { beforeCreate: [hook("before create")], afterCreate: [hook("after create")] };
  new ApiClient("crm", { name: "CRM sync" }, { hooks });`);

/** A stack transform takes a permission away, from a grant whose program does not know of it. */
const TRANSFORM = programOf(`
  pulumi.runtime.registerResourceTransform(async ({ type, props, opts }) => {
    if (type !== "pulumi-nodejs:dynamic/xtremepush:ScopeGrant") return undefined;
    const { "export:segment": _, ...kept } = props.permissions;
    return { props: { ...props, permissions: kept }, opts };
  });
  const crm = new ApiClient("crm", { name: "CRM sync" });
  new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "export:segment"] });`);

for (const [host, ownHost] of [
  ["the Automation API's program host", false],
  ["the CLI's own Node.js host (needs the current one)", true],
] as const) {
  describe(`a program that ${host} runs`, function () {
    this.timeout(60_000);

    let bench: EngineBench;
    before(async function () {
      if (ownHost) await needsCurrentHost(this);
      bench = await openEngineBench(ownHost ? "current-host" : "program-host", { ownHost });
    });
    after(() => bench?.close());

    it("has its resource hooks run around a client", async () => {
      await bench.stack.write("index.js", HOOKS);

      await bench.stack.succeed(...UP);
      await bench.stack.succeed(...UNCHANGED);
      await bench.stack.succeed(...DESTROY);

      const steps = await readFile(path.join(bench.stack.folder, "hooks.log"), "utf8");
      assert.equal(steps, "before create crm\nafter create crm\n");
    });

    it("has its stack transform applied to a grant", async () => {
      await bench.stack.write("index.js", TRANSFORM);

      await bench.stack.succeed(...UP);

      const { grant } = await bench.onlyClient();
      assert.deepEqual(grant.permissions, ["list:segment"]);
      await bench.stack.succeed(...DESTROY);
    });
  });
}
