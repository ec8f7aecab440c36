import assert from "node:assert/strict";
import { startScript } from "../support/process/script-process";

describe("npm run test:reaped", function () {
  this.timeout(60_000);

  it("names what it accepts", async () => {
    const help = startScript("test/reaped/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:reaped -- --environments 4 /);
  });
});
