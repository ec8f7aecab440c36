import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  assertPlain,
  crmProgram,
  type EngineBench,
  openEngineBench,
  ownerOf,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("a create that was killed after the backend's commit is taken up by the next run", function () {
  this.timeout(60_000);

  /** The client that a killed run leaves behind; its secret was never seen by anybody. */
  async function leaveClientBehind({ project, endpoint }: EngineBench, token: string) {
    const access = new AccessClient({ endpoint, token });
    const { id, clientSecret } = await access.clients.create(project, {
      name: "CRM sync",
      managedBy: ownerOf("ApiClient", "crm"),
    });
    return { clientId: id, clientSecret: clientSecret ?? "" };
  }

  describe("of the same actor, never used", () => {
    let bench: EngineBench;
    before(async () => {
      bench = await openEngineBench("interrupted-create");
      await bench.stack.write("index.js", crmProgram("list:segment"));
    });
    after(() => bench.close());

    it("is taken over with a fresh secret, and the run says so", async () => {
      const left = await leaveClientBehind(bench, bench.token);
      const oauth = new AccessClient({ endpoint: bench.endpoint }).oauth;

      const output = await bench.stack.succeed(...UP);

      const outputs = JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets"));
      assert.equal((await bench.onlyClient()).id, left.clientId);
      assert.equal(outputs.clientId, left.clientId);
      assert.equal((await oauth.token(outputs)).scope, "list:segment");
      await assert.rejects(oauth.token(left), { code: "invalid_client" });
      assert.match(output, /warning: client xpc_\w+ \("CRM sync"\) already existed/);
      assertPlain(output);
      await bench.stack.succeed(...UNCHANGED);
    });
  });

  describe("of another actor, or used since", () => {
    let bench: EngineBench;
    before(async () => {
      bench = await openEngineBench("interrupted-elsewhere");
      await bench.stack.write("index.js", crmProgram("list:segment"));
    });
    after(() => bench.close());

    it("is left alone when another actor has made it", async () => {
      const token = await bench.backend.makeActor("editor", ["interrupted-elsewhere"]);
      const { clientId } = await leaveClientBehind(bench, token);

      const output = await bench.stack.fail(...UP);

      assert.ok(output.includes(clientId), output);
      assertPlain(output);
      const { id, revision } = await bench.onlyClient();
      assert.equal(id, clientId);
      await bench.admin.clients.delete("interrupted-elsewhere", id, { ifMatch: revision });
    });

    it("is left alone when its secret is in use", async () => {
      const left = await leaveClientBehind(bench, bench.token);
      await bench.ana.grants.put(
        "interrupted-elsewhere",
        left.clientId,
        { permissions: ["list:segment"] },
        { ifMatch: 0 },
      );
      const oauth = new AccessClient({ endpoint: bench.endpoint }).oauth;
      await oauth.token(left);

      const output = await bench.stack.fail(...UP);

      assert.ok(output.includes(left.clientId), output);
      assertPlain(output);
      assert.equal((await oauth.token(left)).scope, "list:segment");
    });
  });
});
