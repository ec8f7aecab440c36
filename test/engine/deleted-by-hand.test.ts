import assert from "node:assert/strict";
import {
  assertPlain,
  crmProgram,
  DESTROY,
  type EngineBench,
  openEngineBench,
  REFRESH,
  UP,
} from "../support/engine/engine";

describe("a client deleted by hand is made again with its permissions", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let firstId: string;
  before(async () => {
    bench = await openEngineBench("deleted-by-hand");
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...UP);
    firstId = (await bench.onlyClient()).id;
  });
  after(() => bench.close());

  async function deleteByHand() {
    const { id, revision } = await bench.onlyClient();
    await bench.ana.clients.delete("deleted-by-hand", id, { ifMatch: revision });
  }

  it("says what to do when an update meets a client that is gone", async () => {
    await deleteByHand();
    await bench.stack.write("index.js", crmProgram("list:segment", "list:profile"));

    const output = await bench.stack.fail(...UP);

    assert.ok(output.includes(firstId), output);
    assert.match(
      output,
      /it was deleted by "ana of deleted-by-hand" at .*; run `pulumi refresh`, which updates the state, then `pulumi up`/,
    );
    assertPlain(output);
  });

  it("shows in a refresh that both are gone", async () => {
    const output = await bench.stack.succeed("refresh", "--preview-only");

    assert.match(output, /- 2 to delete/);
  });

  it("makes client and grant again after the refresh", async () => {
    await bench.stack.succeed(...REFRESH);

    await bench.stack.succeed(...UP);

    const { id, grant } = await bench.onlyClient();
    assert.notEqual(id, firstId);
    assert.deepEqual(grant.permissions, ["list:profile", "list:segment"]);
  });

  it("destroys what is gone already", async () => {
    await deleteByHand();

    await bench.stack.succeed(...DESTROY);

    assert.equal(JSON.parse(await bench.stack.exported()).deployment.resources, undefined);
  });
});
