import type { GatewayFindings, GatewayRun, GatewayVariant } from "./gateway";
import { highest, range, table } from "./markdown";
import { type Summary, summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** The least share of the throughput of a proxy that checks nothing, and how much longer its slowest calls may take. */
const TARGET = { perSecond: 0.9, p99: 1.5 } as const;

export function gatewayTable({ runs }: GatewayFindings): string {
  const rows = (["bare", "gateway"] as const).map((variant) => {
    const own = pick(runs, variant);
    const ranges = (["perSecond", "p50", "p99"] as const).map((name) => range(summary(own.map((run) => run[name])), 1));
    return [variant, String(own.length), ...ranges, highest(own.map(({ memory }) => memory))];
  });
  return table(["proxy", "rounds", "requests/s", "p50, ms", "p99, ms", "memory, MiB"], rows);
}

export function gatewayVerdicts({ runs, connections }: GatewayFindings): readonly Verdict[] {
  const [throughput, slowest] = [ratioOf(runs, "perSecond").median, ratioOf(runs, "p99").median];
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
  ];
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
