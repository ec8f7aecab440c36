import assert from "node:assert/strict";
import type { SeedReport } from "./run-seed";
import { exitCodeOf, totalsOf } from "./totals";

const GOOD: SeedReport = {
  ...{ seed: 1, text: "", findings: [], verified: "passed", verdict: "broadened" },
  ...{ changed: 2, succeeded: true },
};
const BAD: SeedReport = { ...GOOD, seed: 2, verified: "differs", findings: [{ kind: "unseen gains", detail: "crm" }] };

describe("the totals of the verdicts", () => {
  it("count the answers and the findings, and name the command for each failed seed", () => {
    assert.equal(
      totalsOf([GOOD, BAD], 61.4),
      `2 seeds, 4 changed clients in 61 s; verify: 1 passed, 1 differs, 0 unknown, 0 failed
1 unseen gains, 0 unseen losses, 0 unseen credentials, 0 unseen clients, 0 unseen deletes, 0 clients left alive, 0 undecided gains, 0 unlike what was approved, 0 other triggers, 0 first versions that failed
seed 2 failed; see it again: npm run test:verdicts -- --seed 2
`,
    );
  });

  it("fail when there is a finding, or when nothing was changed", () => {
    assert.equal(exitCodeOf([GOOD]), 0);
    assert.equal(exitCodeOf([GOOD, BAD]), 1);
    assert.equal(exitCodeOf([{ ...GOOD, changed: 0 }]), 1);
  });
});
