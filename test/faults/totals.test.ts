import assert from "node:assert/strict";
import type { SeedReport } from "./run-seed";
import { exitCodeOf, totalsOf } from "./totals";

const GOOD: SeedReport = { seed: 1, text: "", runs: 2, faults: ["kill-after", "truncate"], findings: [] };
const BAD: SeedReport = {
  seed: 2,
  text: "",
  runs: 3,
  faults: ["kill-after"],
  findings: [
    { kind: "doubled clients", detail: "xpc_1 of nobody" },
    { kind: "wrong grants", detail: "c1" },
  ],
};

describe("the totals of the fault suite", () => {
  it("count the faults and the findings, and name the command for each failed seed", () => {
    assert.equal(
      totalsOf([GOOD, BAD], 61.4),
      `2 seeds, 5 runs, 3 faults in 61 s: 1 truncate, 2 kill-after
1 doubled clients, 0 lost changes, 1 wrong grants, 0 dead secrets, 0 pending operations, 0 gaps in the audit, 0 unasked writes, 0 changes of others, 0 runs not healed
seed 2 failed; see it again: npm run test:faults -- --seed 2
`,
    );
  });

  it("fail when there is a finding, or when there was no fault", () => {
    assert.equal(exitCodeOf([GOOD]), 0);
    assert.equal(exitCodeOf([GOOD, BAD]), 1);
    assert.equal(exitCodeOf([{ ...GOOD, faults: [] }]), 1);
  });
});
