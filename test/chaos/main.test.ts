import assert from "node:assert/strict";
import { startScript } from "../support/process/script-process";

describe("npm run test:chaos", function () {
  this.timeout(60_000);

  it("says what it takes", async () => {
    const help = startScript("test/chaos/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:chaos -- --seed 7 /);
  });

  it("fails when there is no such fault", async () => {
    const wrong = startScript("test/chaos/main.ts", ["--only", "earthquake"]);

    assert.equal(await wrong.ended, 1);
    assert.match(wrong.output(), /\n0 passed, 0 failed\n$/);
  });
});
