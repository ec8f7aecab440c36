import assert from "node:assert/strict";
import { startScript } from "../support/process/script-process";

describe("npm run test:faults", function () {
  this.timeout(60_000);

  it("names what it accepts", async () => {
    const help = startScript("test/faults/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:faults -- --seed 7 /);
  });

  it("names the flag that it does not understand", async () => {
    const wrong = startScript("test/faults/main.ts", ["--seeds", "many"]);

    assert.equal(await wrong.ended, 1);
    assert.equal(wrong.output(), '--seeds takes a whole number from 1, not "many"\n');
  });
});
