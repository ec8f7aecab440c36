import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fencedBlock } from "../support/docs/fenced-block";
import { startScript } from "../support/process/script-process";
import { GUIDE, PROGRAMS } from "./programs";

describe("npm run test:clients", function () {
  this.timeout(60_000);

  it("says what it takes", async () => {
    const help = startScript("test/clients/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:clients -- --only Go /);
  });

  it("runs every program of the page", () => {
    const text = readFileSync(path.resolve(__dirname, "../..", GUIDE), "utf8");
    const blocks = [...text.matchAll(/^```(?:sh|js|python|go|java)\n(.*?)^```$/gms)].map(([, code]) => code);

    const run = PROGRAMS.map(({ language, contains }) => fencedBlock(GUIDE, language, contains));

    assert.deepEqual(
      blocks.filter((code) => !code?.startsWith("export ISSUER=")),
      run,
    );
  });

  it("runs them with what the machine has, and fails when one does", async () => {
    const curl = startScript("test/clients/main.ts", ["--only", "curl"]);

    assert.equal(await curl.ended, 0);
    assert.match(curl.output(), /^ok {2}curl \(.*\n1 passed, 0 failed\n$|^not run: .*\n0 passed, 0 failed\n$/);
  });
});
