import assert from "node:assert/strict";
import { assertPlain, type EngineBench, openEngineBench } from "../support/engine/engine";
import { exportInto, nextCommands } from "../support/engine/exported-program";
import { makeByHand, manyHandMade } from "../support/provider/hand-made-clients";

describe("a project of 200 hand-made clients, hostile names among them, becomes a program", function () {
  this.timeout(240_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("export", { ownHost: true });
    await makeByHand(bench.ana, bench.project, manyHandMade(200));
    await exportInto(bench);
  });
  after(() => bench.close());

  it("that is imported with its grants, and then shows no change", async () => {
    const [init = [], importAll = [], preview = []] = await nextCommands(bench);

    await bench.stack.succeed(...init);
    const imported = await bench.stack.succeed(...importAll);
    const previewed = await bench.stack.succeed(...preview);

    assert.match(imported, / {4}= 400 imported/);
    assert.match(previewed, / {4}401 unchanged/);
    assert.doesNotMatch(previewed, /warning|Outputs/);
    assertPlain(imported + previewed, bench.token);
  });

  it("whose state holds no secret and no token", async () => {
    assert.doesNotMatch(await bench.stack.exported(), /xpcs_|xpat_/);
  });

  it("and nothing has changed on the backend", async () => {
    const { items } = await bench.admin.audit.ofProject(bench.project, { limit: 1_000 });

    assert.deepEqual([...new Set(items.map(({ actor }) => actor.name))], ["ana of export"]);
  });
});
