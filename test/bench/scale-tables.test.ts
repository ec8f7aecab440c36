import assert from "node:assert/strict";
import type { Crash } from "../../bench/crash";
import type { ScaleFindings, ScaleRun } from "../../bench/scale";
import { crashTable, scaleTable, scaleVerdicts } from "../../bench/scale-tables";

type Seconds = { readonly ours: number; readonly floor: number };

function runs(command: ScaleRun["command"], round: number, { ours, floor }: Seconds): ScaleRun[] {
  const run = { command, checkpoints: true, round } as const;
  return [
    { ...run, variant: "ours", seconds: ours, peak: 300 + round, requests: 10 + round },
    { ...run, variant: "floor", seconds: floor, peak: null, requests: 0 },
  ];
}

const CRASH: Crash = {
  checkpoints: true,
  made: 503,
  remembered: 495,
  takenOver: 8,
  seconds: 190.04,
  settled: true,
  losses: { missing: 0, doubled: 0, wrongGrants: 0, deadSecrets: 0, pendingOperations: 0 },
};

// The second round ran while the machine was busy: it slows both, and their ratio less.
const FINDINGS: ScaleFindings = {
  size: 1000,
  rounds: 3,
  checkpoints: [true],
  runs: [
    ...runs("up", 1, { ours: 210, floor: 200 }),
    ...runs("refresh", 1, { ours: 8.8, floor: 8 }),
    ...runs("refresh", 2, { ours: 24, floor: 20 }),
    ...runs("refresh", 3, { ours: 8.4, floor: 8 }),
  ],
  crashes: [CRASH],
};

const sentences = (findings: ScaleFindings) => scaleVerdicts(findings).map(({ sentence }) => sentence);

describe("tables of the scale", () => {
  it("compare the runs of one round with each other, and tell the most requests and memory of all rounds", () => {
    const [, , up, refresh] = scaleTable(FINDINGS).split("\n");

    assert.equal(
      up,
      "| up | with | 1 | 210.0 (210.0-210.0) | 200.0 (200.0-200.0) | 1.05 (1.05-1.05) | 11 | 301 | not measured |",
    );
    assert.equal(
      refresh,
      "| refresh | with | 3 | 8.8 (8.4-24.0) | 8.0 (8.0-20.0) | 1.10 (1.05-1.20) | 13 | 303 | not measured |",
    );
  });

  it("tell what a crash left behind and what is wrong after the steps", () => {
    const [, , row] = crashTable({ ...FINDINGS, crashes: [{ ...CRASH, made: 1503 }] }).split("\n");

    assert.equal(row, "| with | 1,503 | 495 | 8 | 190.0 | 0 | 0 | 0 | 0 | 0 |");
  });

  it("say which targets are met", () => {
    assert.deepEqual(sentences(FINDINGS), [
      "PASS: a refresh of 1,000 clients and 1,000 grants takes 13 requests; the target is at most 60.",
      "PASS: it takes 1.10 times as long as with do-nothing handlers; the target is at most 1.3.",
      "PASS: an up with checkpoints that is killed in the middle loses nothing.",
    ]);
    assert.ok(scaleVerdicts(FINDINGS).every(({ met }) => met));
  });

  it("say which targets are missed, by the worst of the refreshes", () => {
    const slow = runs("refresh", 1, { ours: 14, floor: 10 }).map((run) => ({
      ...run,
      checkpoints: false,
      requests: 61,
    }));
    const lossy = { ...CRASH, checkpoints: false, losses: { ...CRASH.losses, doubled: 2, deadSecrets: 1 } };
    const unsettled = { ...CRASH, settled: false };

    const verdicts = scaleVerdicts({
      ...FINDINGS,
      checkpoints: [true, false],
      runs: [...FINDINGS.runs, ...slow],
      crashes: [lossy, unsettled],
    });

    assert.ok(verdicts.every(({ met }) => !met));
    assert.deepEqual(
      verdicts.map(({ sentence }) => sentence),
      [
        "MISS: a refresh of 1,000 clients and 1,000 grants takes 61 requests; the target is at most 60.",
        "MISS: it takes 1.40 times as long as with do-nothing handlers; the target is at most 1.3.",
        "MISS: an up without checkpoints that is killed in the middle loses 2 doubled clients, 1 dead secrets.",
        "MISS: an up with checkpoints that is killed in the middle loses a preview that still shows changes.",
      ],
    );
  });

  it("give no verdict on the time of a small program", () => {
    assert.equal(sentences({ ...FINDINGS, size: 20 }).length, 2);
  });
});
