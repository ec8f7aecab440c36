import assert from "node:assert/strict";
import type { EnvironmentPair } from "../../bench/environments";
import { environmentsTable, environmentsVerdicts } from "../../bench/environments-tables";

const PAIRS: readonly EnvironmentPair[] = [
  { run: "new", round: 1, environment: 6, pulumi: 5, withoutPreview: 2.5 },
  { run: "again", round: 1, environment: 3, pulumi: 2.5, withoutPreview: 1.25 },
  // The machine was busy.
  { run: "new", round: 2, environment: 12, pulumi: 10, withoutPreview: 5 },
  { run: "again", round: 2, environment: 9, pulumi: 5, withoutPreview: 2.5 },
];

describe("the table of environments", () => {
  it("compares the commands that followed each other", () => {
    const [, , first, again] = environmentsTable({ size: 20, rounds: 2, pairs: PAIRS }).split("\n");

    assert.equal(
      first,
      "| new | 2 | 9.00 (6.00-12.00) | 7.50 (5.00-10.00) | 1.20 (1.20-1.20) | 3.75 (2.50-5.00) | 2.40 (2.40-2.40) |",
    );
    assert.equal(
      again,
      "| again | 2 | 6.00 (3.00-9.00) | 3.75 (2.50-5.00) | 1.50 (1.20-1.80) | 1.88 (1.25-2.50) | 3.00 (2.40-3.60) |",
    );
  });

  it("has a target for twenty clients", () => {
    const findings = { size: 20, rounds: 2, pairs: PAIRS };

    assert.deepEqual(
      environmentsVerdicts(findings).map(({ met }) => met),
      [true, false],
    );
    assert.deepEqual(environmentsVerdicts({ ...findings, size: 3 }), []);
  });
});
