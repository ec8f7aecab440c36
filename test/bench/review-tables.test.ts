import assert from "node:assert/strict";
import type { ReviewFindings } from "../../bench/review";
import { reviewTable, reviewVerdicts } from "../../bench/review-tables";

const FINDINGS: ReviewFindings = {
  size: 1000,
  rounds: 3,
  previewed: 5.4,
  changes: [
    { change: "one", locked: 8.04, compared: [0.5, 0.4, 0.6], characters: 9_000 },
    // The second round ran while the machine was busy.
    { change: "all", locked: 8.1, compared: [1.5, 2.6, 1.4], characters: 300 },
  ],
};

describe("tables of the reviews", () => {
  it("tell the median of the rounds, and the length of the comment", () => {
    const [, , one, all] = reviewTable(FINDINGS).split("\n");

    assert.equal(one, "| one | 8.04 | 3 | 0.50 (0.40-0.60) | 9,000 |");
    assert.equal(all, "| all | 8.10 | 3 | 1.50 (1.40-2.60) | 300 |");
  });

  it("say that the targets are met, and when they are missed, by the worst of the changes", () => {
    const [, all] = FINDINGS.changes;
    const slow = all === undefined ? [] : [{ ...all, compared: [2], characters: 65_537, locked: 8.11 }];

    assert.deepEqual(
      [...reviewVerdicts(FINDINGS), ...reviewVerdicts({ ...FINDINGS, changes: slow })],
      [
        {
          met: true,
          sentence: "PASS: a diff of two lock files of 1,000 clients takes 1.50 s; the target is less than 2.",
        },
        { met: true, sentence: "PASS: its comment has 9,000 characters; GitHub's limit is 65,536." },
        {
          met: true,
          sentence:
            "PASS: its lock file takes 8.10 s, a preview with do-nothing handlers 5.40 s; the target is at most 1.5 times as long.",
        },
        {
          met: false,
          sentence: "MISS: a diff of two lock files of 1,000 clients takes 2.00 s; the target is less than 2.",
        },
        { met: false, sentence: "MISS: its comment has 65,537 characters; GitHub's limit is 65,536." },
        {
          met: false,
          sentence:
            "MISS: its lock file takes 8.11 s, a preview with do-nothing handlers 5.40 s; the target is at most 1.5 times as long.",
        },
      ],
    );
  });

  it("give no verdict on a small program", () => {
    assert.deepEqual(reviewVerdicts({ ...FINDINGS, size: 20 }), []);
  });
});
