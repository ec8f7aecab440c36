import assert from "node:assert/strict";
import { assertPlain, programOf, UP } from "../support/engine/engine";
import { type KillBench, openKillBench, WITHOUT_CHECKPOINTS } from "../support/engine/killed-runs";

const CRM = { name: "CRM sync", permissions: ["list:segment"] };

describe("a run that was killed at a rotation", function () {
  this.timeout(300_000);

  for (const [how, environment] of [
    ["with checkpoints", {}],
    ["without checkpoints", WITHOUT_CHECKPOINTS],
  ] as const) {
    describe(how, () => {
      let bench: KillBench;
      let first: { readonly clientId: string; readonly clientSecret: string };
      before(async () => {
        bench = await openKillBench(environment);
        await bench.stack.write("index.js", program(1));
        await bench.stack.succeed(...UP);
        first = await bench.credentials();
        await bench.oauth.token(first);
      });
      after(() => bench.close());

      it("gets a fresh secret of the version that the backend has already made; the first one lives on", async () => {
        await bench.stack.write("index.js", program(2));

        await bench.killUpAt({ call: "PATCH client", fault: "kill-after" });
        assert.equal((await bench.onlyClient()).secretVersion, 2);
        const output = await bench.recover();

        await bench.assertHealed(CRM);
        const client = await bench.onlyClient();
        assert.equal(client.secretVersion, 2);
        assert.deepEqual(
          client.secrets.map(({ version }) => version),
          [1, 2],
        );
        assert.notEqual((await bench.credentials()).clientSecret, first.clientSecret);
        assert.equal((await bench.oauth.token(first)).scope, "list:segment");
        assert.match(output, /warning: secret version 2 of client xpc_\w+ .* a new secret has replaced it/);
        assertPlain(output, first.clientSecret);
      });
    });
  }

  it("rotates when the backend has not seen the rotation", async () => {
    const bench = await openKillBench();
    await bench.stack.write("index.js", program(1));
    await bench.stack.succeed(...UP);
    await bench.stack.write("index.js", program(2));

    await bench.killUpAt({ call: "PATCH client", fault: "kill-before" });
    assert.equal((await bench.onlyClient()).secretVersion, 1);
    await bench.recover();

    await bench.assertHealed(CRM);
    assert.equal((await bench.onlyClient()).secretVersion, 2);
    await bench.close();
  });
});

function program(secretVersion: number): string {
  return programOf(`
    const crm = new ApiClient("crm", { name: "CRM sync", secretVersion: ${secretVersion} });
    new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}
