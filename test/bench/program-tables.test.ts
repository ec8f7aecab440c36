import assert from "node:assert/strict";
import type { ProgramFindings, ProgramRun } from "../../bench/program";
import { programTable, programVerdicts } from "../../bench/program-tables";

const RUNS: readonly ProgramRun[] = [
  { command: "up", variant: "ours", round: 1, seconds: 30, peak: 300, programPeak: 520 },
  { command: "up", variant: "plain", round: 1, seconds: 25, peak: 310, programPeak: 700 },
  { command: "preview", variant: "ours", round: 1, seconds: 12, peak: 290, programPeak: 480 },
  { command: "preview", variant: "plain", round: 1, seconds: 12, peak: null, programPeak: 690 },
  // The machine was busy.
  { command: "preview", variant: "ours", round: 2, seconds: 22, peak: 280, programPeak: 500 },
  { command: "preview", variant: "plain", round: 2, seconds: 20, peak: null, programPeak: null },
];
const FINDINGS: ProgramFindings = { size: 1000, rounds: 2, runs: RUNS };

describe("the table of a large program", () => {
  it("has the highest peak of each process, and the ratio of the runs of one round", () => {
    const [, , up, preview] = programTable(FINDINGS).split("\n");

    assert.equal(up, "| up | 1 | 30.0 (30.0-30.0) | 25.0 (25.0-25.0) | 1.20 (1.20-1.20) | 520 | 700 | 300 | 310 |");
    assert.equal(
      preview,
      "| preview | 2 | 17.0 (12.0-22.0) | 16.0 (12.0-20.0) | 1.05 (1.00-1.10) | 500 | 690 | 290 | not measured |",
    );
  });

  it("says whether a preview is as fast as one of plain resources", () => {
    const slow = RUNS.map((run) => (run.variant === "ours" ? { ...run, seconds: run.seconds * 1.2 } : run));

    assert.deepEqual(
      [...programVerdicts(FINDINGS), ...programVerdicts({ ...FINDINGS, runs: slow })],
      [
        {
          met: true,
          sentence:
            "PASS: a preview of 1,000 integrations takes 1.05 times as long as with plain resources; the target is at most 1.15.",
        },
        {
          met: false,
          sentence:
            "MISS: a preview of 1,000 integrations takes 1.26 times as long as with plain resources; the target is at most 1.15.",
        },
      ],
    );
  });

  it("gives no verdict on a small program", () => {
    assert.deepEqual(programVerdicts({ ...FINDINGS, size: 5 }), []);
  });
});
