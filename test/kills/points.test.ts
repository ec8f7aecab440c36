import assert from "node:assert/strict";
import { pointsOf } from "./points";

describe("the points at which commands are killed", () => {
  it("are the same for one seed, and others for another", () => {
    assert.deepEqual(pointsOf(1, 10), pointsOf(1, 10));
    assert.notDeepEqual(pointsOf(1, 10), pointsOf(2, 10));
  });

  it("are in each part of a command", () => {
    for (const command of ["up", "rotate", "down"] as const) {
      assert.deepEqual(
        pointsOf(3, 10).map((point) => Math.floor(point[command] * 10)),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
    }
  });
});
