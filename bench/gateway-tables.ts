import type { GatewayFindings, GatewayMemory, GatewayRun, GatewayVariant } from "./gateway";
import { highest, range, table, written } from "./markdown";
import { type Summary, summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** The least share of the throughput of a proxy that checks nothing, and how much longer its slowest calls may take. */
const TARGET = { perSecond: 0.9, p99: 1.5 } as const;
/** How much larger a gateway may be in the last fifth of a load than in the first. */
const GROWTH_MAX = 1.1;
/** A load that is shorter says nothing about growth. */
const GROWTH_FROM_S = 60;

const NAMES = {
  bare: "bare",
  gateway: "gateway",
  nginx: "nginx with auth_request",
} as const satisfies Record<GatewayVariant, string>;

export function gatewayTable({ runs }: GatewayFindings): string {
  const rows = (["bare", "gateway", "nginx"] as const).map((variant) => {
    const own = pick(runs, variant);
    if (own.length === 0) return [NAMES[variant], "not run: no nginx", "", "", "", ""];
    const ranges = (["perSecond", "p50", "p99"] as const).map((name) => range(summary(own.map((run) => run[name])), 1));
    return [NAMES[variant], String(own.length), ...ranges, highest(own.map(({ memory }) => memory))];
  });
  return table(["proxy", "rounds", "requests/s", "p50, ms", "p99, ms", "memory, MiB"], rows);
}

/** The memory of the gateway over a load. */
export function gatewayMemoryTable({ memory }: GatewayFindings): string {
  const { first, last, growth } = growthOf(memory);
  const cells = [
    (memory.seconds / 60).toFixed(1),
    written(memory.calls),
    ...[first, last, Math.max(...memory.samples)].map((mebibytes) => mebibytes.toFixed(0)),
    growth.toFixed(2),
  ];
  return table(["minutes", "calls", "first fifth, MiB", "last fifth, MiB", "most, MiB", "last / first"], [cells]);
}

export function gatewayVerdicts({ runs, connections, memory }: GatewayFindings): readonly Verdict[] {
  const [throughput, slowest] = [ratioOf(runs, "perSecond").median, ratioOf(runs, "p99").median];
  const { growth } = growthOf(memory);
  const at = `at ${connections} connections, the gateway`;
  return [
    verdictOn(
      throughput >= TARGET.perSecond,
      `${at} answers ${throughput.toFixed(2)} times as many requests as a proxy that checks nothing; the target is at least ${TARGET.perSecond}.`,
    ),
    verdictOn(
      slowest <= TARGET.p99,
      `${at} has a 99th percentile of ${slowest.toFixed(2)} times that of such a proxy; the target is at most ${TARGET.p99}.`,
    ),
    ...(memory.seconds < GROWTH_FROM_S || Number.isNaN(growth)
      ? []
      : [
          verdictOn(
            growth <= GROWTH_MAX,
            `over ${(memory.seconds / 60).toFixed(1)} minutes of load, the memory of the gateway in the last fifth is ${growth.toFixed(2)} times that in the first; the target is at most ${GROWTH_MAX}.`,
          ),
        ]),
  ];
}

/** The medians of the first and the last fifth. */
function growthOf({ samples }: GatewayMemory) {
  const fifth = Math.ceil(samples.length / 5);
  const first = summary(samples.slice(0, fifth)).median;
  const last = summary(samples.slice(-fifth)).median;
  return { first, last, growth: last / first };
}

function pick(runs: readonly GatewayRun[], variant: GatewayVariant): GatewayRun[] {
  return runs.filter((run) => run.variant === variant);
}

/** The ratios within each round. */
function ratioOf(runs: readonly GatewayRun[], name: "perSecond" | "p99"): Summary {
  const bare = pick(runs, "bare");
  return summary(
    pick(runs, "gateway").map(
      (run) => run[name] / (bare.find(({ round }) => round === run.round)?.[name] ?? Number.NaN),
    ),
  );
}
