import assert from "node:assert/strict";
import { globSync } from "node:fs";
import path from "node:path";
import { askedLanes, filesOf, LANES, laneOf } from "../support/run/lanes";

const ROOT = path.resolve(__dirname, "../..");

describe("the lanes of the tests", () => {
  it("hold every test file once", () => {
    const files = globSync("test/**/*.test.ts", { cwd: ROOT });

    assert.deepEqual(filesOf(LANES).sort(), files.sort());
  });

  it("are each in use", () => {
    for (const lane of LANES) assert.notDeepEqual(filesOf([lane]), [], lane);
  });

  it("are all in npm test but the runs of the demo and the bench", () => {
    assert.deepEqual(askedLanes(undefined), ["engine", "programs", "quick"]);
    assert.deepEqual(askedLanes("quick"), ["quick"]);
    assert.throws(() => askedLanes("fast"), { message: /TEST_LANE is one of .*, not fast/ });
  });

  for (const [file, lane] of [
    ["test/engine/drift.test.ts", "engine"],
    ["test/backend/serving-role.test.ts", "programs"],
    ["test/scripts/demo.test.ts", "smokes"],
    ["test/bench/bench.test.ts", "smokes"],
    ["test/deploy/stopping.test.ts", "smokes"],
    ["test/faults/random-seed.test.ts", "programs"],
    ["test/repo/lanes.test.ts", "quick"],
  ] as const) {
    it(`have ${file} in ${lane}`, () => {
      assert.equal(laneOf(file), lane);
    });
  }
});
