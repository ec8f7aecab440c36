import assert from "node:assert/strict";
import { startScript } from "../support/process/script-process";

describe("npm run test:kills", function () {
  this.timeout(60_000);

  it("names what it accepts", async () => {
    const help = startScript("test/kills/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:kills -- --points 10 /);
  });

  it("names the flag that it does not understand", async () => {
    const wrong = startScript("test/kills/main.ts", ["--points", "0"]);

    assert.equal(await wrong.ended, 1);
    assert.equal(wrong.output(), '--points takes a whole number from 1, not "0"\n');
  });
});
