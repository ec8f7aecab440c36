import assert from "node:assert/strict";
import type { Measurement } from "../../bench/engine";
import { engineTable, memoryTable, verdict } from "../../bench/tables";

function preview(size: number, round: number, seconds: { ours: number; floor: number; plain: number }): Measurement[] {
  const run = { size, operation: "preview", round, peak: 100 } as const;
  return [
    { ...run, variant: "ours", seconds: seconds.ours },
    { ...run, variant: "floor", seconds: seconds.floor },
    { ...run, variant: "plain", seconds: seconds.plain },
  ];
}

// The second round ran while the machine was busy: it slows all three, and their ratios less.
const MEASUREMENTS = [
  ...preview(250, 1, { ours: 4.4, floor: 4, plain: 8 }),
  ...preview(250, 2, { ours: 12, floor: 10, plain: 15 }),
  ...preview(250, 3, { ours: 4.2, floor: 4, plain: 8.4 }),
];

describe("tables of the bench", () => {
  it("compares the runs of one round with each other, and takes the median of these ratios", () => {
    const table = engineTable(MEASUREMENTS);

    assert.equal(
      table.split("\n")[2],
      "| 250 | preview | 3 | 4.40 (4.20-12.00) | 4.00 (4.00-10.00) | 8.40 (8.00-15.00) | 1.10 (1.05-1.20) | 2.00 (1.50-2.10) |",
    );
  });

  it("gives the highest memory of all rounds, and says where none was measured", () => {
    const [first, ...others] = MEASUREMENTS.map((run) => ({ ...run, peak: run.variant === "plain" ? null : run.peak }));

    const table = memoryTable([...(first ? [{ ...first, peak: 130 }] : []), ...others]);

    assert.equal(table.split("\n")[2], "| 250 | preview | 130 | 100 | not measured |");
  });

  it("says that the target is met, and when it is missed", () => {
    const slow = preview(250, 1, { ours: 4.7, floor: 4, plain: 8 });

    assert.equal(verdict(MEASUREMENTS)?.met, true);
    assert.match(verdict(MEASUREMENTS)?.sentence ?? "", /^PASS: .* N = 250 takes 1\.10 times/);
    assert.equal(verdict(slow)?.met, false);
    assert.match(verdict(slow)?.sentence ?? "", /^MISS: .* 1\.18 times/);
  });

  it("gives no verdict on other sizes", () => {
    assert.equal(verdict(preview(50, 1, { ours: 9, floor: 4, plain: 8 })), null);
  });
});
