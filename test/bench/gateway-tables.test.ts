import assert from "node:assert/strict";
import type { GatewayRun } from "../../bench/gateway";
import { gatewayTable, gatewayVerdicts } from "../../bench/gateway-tables";

const RUNS: readonly GatewayRun[] = [
  { round: 1, variant: "bare", perSecond: 4_000, p50: 10, p99: 40, memory: 97 },
  { round: 1, variant: "gateway", perSecond: 3_800, p50: 11, p99: 50, memory: 190 },
  // The machine was busy.
  { round: 2, variant: "bare", perSecond: 2_000, p50: 20, p99: 80, memory: 99 },
  { round: 2, variant: "gateway", perSecond: 1_900, p50: 22, p99: 100, memory: 195 },
];

describe("the table of the gateway", () => {
  it("has both proxies", () => {
    const [, , bare, gateway] = gatewayTable({ connections: 50, runs: RUNS }).split("\n");

    assert.equal(bare, "| bare | 2 | 3000.0 (2000.0-4000.0) | 15.0 (10.0-20.0) | 60.0 (40.0-80.0) | 99 |");
    assert.equal(gateway, "| gateway | 2 | 2850.0 (1900.0-3800.0) | 16.5 (11.0-22.0) | 75.0 (50.0-100.0) | 195 |");
  });

  it("compares the runs of one round", () => {
    const verdicts = (runs: readonly GatewayRun[]) => gatewayVerdicts({ connections: 50, runs }).map(({ met }) => met);
    const slow = RUNS.map((run) => (run.variant === "bare" ? run : { ...run, perSecond: run.perSecond / 2, p99: 500 }));

    assert.deepEqual(verdicts(RUNS), [true, true]);
    assert.deepEqual(verdicts(slow), [false, false]);
  });
});
