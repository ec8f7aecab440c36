import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { commandOf, runSeed } from "./run-seed";
import { Backends } from "./world";

describe("a random seed of the fault suite", () => {
  const backends = new Backends();
  after(() => backends.close());

  it("leaves nothing doubled, lost or wrong", async () => {
    const seed = randomInt(1, 1_000_000_000);
    console.log(`      ${commandOf(seed)}`);

    const { text, findings } = await runSeed({ seed, backends });

    console.log(text.replace(/^/gm, "      "));
    assert.deepEqual(findings, [], `see it again: ${commandOf(seed)}`);
  }).timeout(600_000);
});
