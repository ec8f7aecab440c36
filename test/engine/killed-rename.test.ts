import assert from "node:assert/strict";
import { assertPlain, DESTROY, programOf, UP } from "../support/engine/engine";
import { type KillBench, openKillBench } from "../support/engine/killed-runs";

describe("a destroy right after a killed run that wrote a new owner", function () {
  this.timeout(300_000);

  let bench: KillBench;
  beforeEach(async () => {
    bench = await openKillBench();
    await bench.stack.write("index.js", program("crm", ""));
    await bench.stack.succeed(...UP);
  });
  afterEach(() => bench.close());

  it("is refused after a rename of the stack, and works after the delete that the refusal names", async () => {
    await bench.stack.succeed("stack", "rename", "prod");
    await bench.killUpAt({ call: "PATCH client", fault: "kill-after" });
    await bench.stack.succeed("cancel", "--yes");

    const refused = await bench.stack.fail(...DESTROY);

    const { id, managedBy, revision } = await bench.onlyClient();
    const sentence = `client ${id} ("CRM sync") is not deleted: `;
    assert.ok(refused.includes(sentence) && refused.includes(` made ${managedBy} the owner at `), refused);
    assert.ok(
      refused.includes(`run \`xtremepush-access-backend client delete ${id} --project ${bench.project}\``),
      refused,
    );
    assertPlain(refused);
    await bench.admin.clients.delete(bench.project, id, { ifMatch: revision });
    await bench.stack.succeed(...DESTROY);
    assert.deepEqual(await bench.clients(), []);
  });

  it("deletes the client after a rename of its resource", async () => {
    await bench.stack.write("index.js", program("profiles", `, { aliases: [{ name: "crm" }] }`));
    await bench.killUpAt({ call: "PATCH client", fault: "kill-after" });
    assert.match((await bench.onlyClient()).managedBy ?? "", /::profiles$/);
    await bench.stack.succeed("cancel", "--yes");

    const output = await bench.stack.succeed(...DESTROY);

    assert.deepEqual(await bench.clients(), []);
    assert.doesNotMatch(output, /is not deleted/);
  });
});

function program(resource: string, options: string): string {
  return programOf(`
    const client = new ApiClient("${resource}", { name: "CRM sync" }${options});
    new ScopeGrant("${resource}", { client, permissions: ["list:segment"] }${options});`);
}
