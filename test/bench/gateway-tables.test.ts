import assert from "node:assert/strict";
import type { GatewayRun } from "../../bench/gateway";
import { gatewayMemoryTable, gatewayTable, gatewayVerdicts } from "../../bench/gateway-tables";

const RUNS: readonly GatewayRun[] = [
  { round: 1, variant: "bare", perSecond: 4_000, p50: 10, p99: 40, memory: 97 },
  { round: 1, variant: "gateway", perSecond: 3_800, p50: 11, p99: 50, memory: 190 },
  // The machine was busy.
  { round: 2, variant: "bare", perSecond: 2_000, p50: 20, p99: 80, memory: 99 },
  { round: 2, variant: "gateway", perSecond: 1_900, p50: 22, p99: 100, memory: 195 },
];

const MEMORY = { seconds: 300, calls: 2_000_000, samples: [200, 210, 220, 260, 215] };

describe("the table of the gateway", () => {
  it("has both proxies", () => {
    const [, , bare, gateway] = gatewayTable({ connections: 50, runs: RUNS, memory: MEMORY }).split("\n");

    assert.equal(bare, "| bare | 2 | 3000.0 (2000.0-4000.0) | 15.0 (10.0-20.0) | 60.0 (40.0-80.0) | 99 |");
    assert.equal(gateway, "| gateway | 2 | 2850.0 (1900.0-3800.0) | 16.5 (11.0-22.0) | 75.0 (50.0-100.0) | 195 |");
  });

  it("compares the runs of one round", () => {
    const verdicts = (runs: readonly GatewayRun[], memory = MEMORY) =>
      gatewayVerdicts({ connections: 50, runs, memory }).map(({ met }) => met);
    const slow = RUNS.map((run) => (run.variant === "bare" ? run : { ...run, perSecond: run.perSecond / 2, p99: 500 }));

    assert.deepEqual(verdicts(RUNS), [true, true, true]);
    assert.deepEqual(verdicts(slow), [false, false, true]);
  });

  it("has nginx, or says that it is not there", () => {
    const nginx: GatewayRun = { round: 1, variant: "nginx", perSecond: 5_000, p50: 8, p99: 30, memory: 12 };
    const rowOf = (runs: readonly GatewayRun[]) =>
      gatewayTable({ connections: 50, runs, memory: MEMORY }).split("\n").at(-1);

    assert.equal(
      rowOf([...RUNS, nginx]),
      "| nginx with auth_request | 1 | 5000.0 (5000.0-5000.0) | 8.0 (8.0-8.0) | 30.0 (30.0-30.0) | 12 |",
    );
    assert.equal(rowOf(RUNS), "| nginx with auth_request | not run: no nginx |  |  |  |  |");
  });

  it("compares the end of a long load with its beginning", () => {
    const metWith = (samples: readonly number[], seconds = 300) =>
      gatewayVerdicts({ connections: 50, runs: RUNS, memory: { ...MEMORY, seconds, samples } }).map(
        ({ met }) => met,
      )[2];

    assert.equal(
      gatewayMemoryTable({ connections: 50, runs: RUNS, memory: MEMORY }).split("\n").at(-1),
      "| 5.0 | 2,000,000 | 200 | 215 | 260 | 1.07 |",
    );
    assert.equal(metWith([200, 210, 220, 230, 240]), false);
    assert.equal(metWith([200, 210, 220, 230, 240], 1), undefined);
  });
});
