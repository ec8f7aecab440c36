import assert from "node:assert/strict";
import { startScript } from "../support/process/script-process";
import { TOOLS } from "./tools";

describe("npm run test:deploy", function () {
  this.timeout(60_000);

  it("says what it takes", async () => {
    const help = startScript("test/deploy/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    for (const { name } of TOOLS) assert.ok(help.output().includes(name.split(" ")[0] ?? ""), name);
  });

  it("runs nothing for a tool that it does not know", async () => {
    const none = startScript("test/deploy/main.ts", ["--only", "nomad"]);

    assert.equal(await none.ended, 2);
  });

  it("runs what the machine has, and names what it lacks", async () => {
    const verify = startScript("test/deploy/main.ts", ["--only", "systemd-analyze"]);

    assert.equal(await verify.ended, 0, verify.output());
    assert.match(
      verify.output(),
      /^ok {2}systemd-analyze verify [\s\S]*\n2 passed, 0 failed\n$|^not run: .*\n0 passed, 0 failed\n$/,
    );
  });
});
