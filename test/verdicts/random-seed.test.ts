import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { hostProgram } from "../support/engine/hosted-programs";
import { hostProviders } from "../support/engine/hosted-providers";
import { commandOf, runSeed } from "./run-seed";

describe("a random seed of the verdicts", () => {
  let backend: TestBackend;
  before(async () => {
    backend = await startTestBackend();
  });
  after(() => backend.close());

  it("is no graver than the review said", async () => {
    const seed = randomInt(1, 1_000_000_000);
    console.log(`      ${commandOf(seed)}`);

    const host = { serveProgram: hostProgram, serveProviders: hostProviders };
    const { text, findings } = await runSeed({ seed, backend, host });

    console.log(text.replace(/^/gm, "      "));
    assert.deepEqual(findings, [], `see it again: ${commandOf(seed)}`);
  }).timeout(600_000);
});
