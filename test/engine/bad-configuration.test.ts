import assert from "node:assert/strict";
import { assertPlain, crmProgram, type EngineBench, openEngineBench } from "../support/engine/engine";

describe("bad configuration fails with one sentence that says where to fix it", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("bad-configuration", { ownHost: true });
    await bench.stack.write("index.js", crmProgram("list:segment"));
  });
  after(() => bench.close());

  it("refuses an invalid token in the preview", async () => {
    const output = await bench.stack.with({ XTREMEPUSH_TOKEN: "hunter2hunter2" }).fail("preview");

    assert.match(output, /the token came from .* XTREMEPUSH_TOKEN/);
    assertPlain(output, bench.token, "hunter2hunter2");
  });

  it("refuses a token in plain text in the stack configuration", async () => {
    await bench.stack.succeed("config", "set", "--plaintext", "xtremepush:token", bench.token);

    const output = await bench.stack.fail("preview");

    assert.match(
      output,
      /the stack configuration holds xtremepush:token in plain text: run `pulumi config rm xtremepush:token`/,
    );
    assertPlain(output, bench.token);
  });
});
