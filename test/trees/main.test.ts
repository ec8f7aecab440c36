import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { startScript } from "../support/process/script-process";
import { GUIDE, treesTable } from "./trees";

describe("npm run test:trees", function () {
  this.timeout(60_000);

  it("says what it takes", async () => {
    const help = startScript("test/trees/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:trees -- --only Yarn /);
  });

  it("runs every tree in the table of the page, and the page lists every tree that it runs", () => {
    const text = readFileSync(path.resolve(__dirname, "../..", GUIDE), "utf8");

    assert.ok(text.endsWith(`\n\n${treesTable()}`), treesTable());
  });
});
