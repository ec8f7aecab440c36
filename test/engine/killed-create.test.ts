import assert from "node:assert/strict";
import { assertPlain, crmProgram, programOf, REFRESH, UP } from "../support/engine/engine";
import { type KillBench, openKillBench, WITHOUT_CHECKPOINTS } from "../support/engine/killed-runs";
import { until } from "../support/process/until";

const CRM = { name: "CRM sync", permissions: ["list:segment"] };

describe("a run that was killed at a create", function () {
  this.timeout(300_000);
  let bench: KillBench;
  afterEach(() => bench.close());

  describe("with checkpoints", () => {
    beforeEach(async () => {
      bench = await openKillBench();
      await bench.stack.write("index.js", crmProgram("list:segment"));
    });

    it("takes up the client that the backend has already made, and leaves no provider behind to send it again", async () => {
      await bench.killUpAt({ call: "POST clients", fault: "kill-after" });
      const { id } = await bench.onlyClient();
      await until(async () => (await bench.providers()).length === 0);

      const output = await bench.recover();

      await bench.assertHealed(CRM);
      assert.equal((await bench.onlyClient()).id, id);
      assert.match(output, /warning: client xpc_\w+ \("CRM sync"\) already existed/);
      assertPlain(output);
    });

    it("makes the client when the backend has not seen the create", async () => {
      await bench.killUpAt({ call: "POST clients", fault: "kill-before" });
      assert.deepEqual(await bench.clients(), []);

      await bench.recover();

      await bench.assertHealed(CRM);
    });

    it("names a client that is now older than a day, and keeps it with the fix in the message", async () => {
      await bench.killUpAt({ call: "POST clients", fault: "kill-after" });
      const { id, createdBy } = await bench.onlyClient();
      const before = new Date(Date.now() - 25 * 60 * 60 * 1_000);
      await bench.backend.database.db
        .updateTable("clients")
        .set({ createdTime: before })
        .where("id", "=", id)
        .execute();
      await bench.stack.succeed("cancel", "--yes");

      const refused = await bench.stack.fail(...UP);
      await bench.stack.write("index.js", adoptingProgram(id, 1));
      await bench.stack.succeed(...UP);
      await bench.stack.write("index.js", adoptingProgram(id, 2));
      await bench.stack.succeed(...UP);
      await bench.stack.succeed(...REFRESH, "--clear-pending-creates");

      assert.ok(refused.includes(`created by "${createdBy}" at ${before.toISOString()}. `), refused);
      assert.ok(refused.includes(`adopt: "${id}"`), refused);
      assertPlain(refused);
      await bench.assertHealed(CRM);
      assert.equal((await bench.onlyClient()).id, id);
    });
  });

  describe("without checkpoints, when the whole run is lost", () => {
    beforeEach(async () => {
      bench = await openKillBench(WITHOUT_CHECKPOINTS);
      await bench.stack.write("index.js", crmProgram("list:segment"));
    });

    it("keeps the client and the grant that the backend has already made", async () => {
      await bench.killUpAt({ call: "PUT permissions", fault: "kill-after" });
      const { id, grant } = await bench.onlyClient();
      assert.deepEqual(grant.permissions, ["list:segment"]);

      await bench.recover();

      await bench.assertHealed(CRM);
      assert.equal((await bench.onlyClient()).id, id);
    });
  });
});

function adoptingProgram(id: string, secretVersion: number): string {
  return programOf(`
    const crm = new ApiClient("crm", { name: "CRM sync", adopt: "${id}", secretVersion: ${secretVersion} });
    new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}
