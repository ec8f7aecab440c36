import assert from "node:assert/strict";
import { programOf, UP } from "../support/engine/engine";
import { type KillBench, openKillBench, WITHOUT_CHECKPOINTS } from "../support/engine/killed-runs";

describe("a run that was killed at an update or a delete", function () {
  this.timeout(300_000);

  describe("with checkpoints", () => {
    let bench: KillBench;
    before(async () => {
      bench = await openKillBench();
      await bench.stack.write("index.js", program("CRM sync", ["list:segment"]));
      await bench.stack.succeed(...UP);
    });
    after(() => bench.close());

    it("finds the client as declared when the backend has already renamed it", async () => {
      await bench.stack.write("index.js", program("CRM sync, new", ["list:segment"]));

      await bench.killUpAt({ call: "PATCH client", fault: "kill-after" });
      assert.equal((await bench.onlyClient()).name, "CRM sync, new");
      await bench.recover();

      await bench.assertHealed({ name: "CRM sync, new", permissions: ["list:segment"] });
      assert.equal((await bench.onlyClient()).revision, 2);
    });

    it("finds the grant as declared when the backend has already changed it", async () => {
      await bench.stack.write("index.js", program("CRM sync, new", ["list:profile", "list:segment"]));

      await bench.killUpAt({ call: "PUT permissions", fault: "kill-after" });
      assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:profile", "list:segment"]);
      await bench.recover();

      await bench.assertHealed({ name: "CRM sync, new", permissions: ["list:profile", "list:segment"] });
      assert.equal((await bench.onlyClient()).grant.revision, 2);
    });

    it("ends without the client when the backend has already deleted it", async () => {
      await bench.stack.write("index.js", "");

      await bench.killUpAt({ call: "DELETE client", fault: "kill-after" });
      assert.deepEqual(await bench.clients(), []);
      await bench.recover();

      await bench.assertNoClient();
    });
  });

  describe("without checkpoints, when the whole run is lost", () => {
    let bench: KillBench;
    before(async () => {
      bench = await openKillBench(WITHOUT_CHECKPOINTS);
      await bench.stack.write("index.js", program("CRM sync", ["list:segment"]));
      await bench.stack.succeed(...UP);
    });
    after(() => bench.close());

    it("finds both as declared when the backend has already changed the client and its grant", async () => {
      await bench.stack.write("index.js", program("CRM sync, new", ["list:profile", "list:segment"]));

      await bench.killUpAt({ call: "PUT permissions", fault: "kill-after" });
      const { name, grant } = await bench.onlyClient();
      assert.deepEqual([name, ...grant.permissions], ["CRM sync, new", "list:profile", "list:segment"]);
      await bench.recover();

      await bench.assertHealed({ name: "CRM sync, new", permissions: ["list:profile", "list:segment"] });
    });

    it("ends without the client when the backend has already deleted it", async () => {
      await bench.stack.write("index.js", "");

      await bench.killUpAt({ call: "DELETE client", fault: "kill-after" });
      assert.deepEqual(await bench.clients(), []);
      await bench.recover();

      await bench.assertNoClient();
    });
  });
});

function program(name: string, permissions: readonly string[]): string {
  return programOf(`
    const crm = new ApiClient("crm", { name: ${JSON.stringify(name)} });
    new ScopeGrant("crm", { client: crm, permissions: ${JSON.stringify(permissions)} });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}
