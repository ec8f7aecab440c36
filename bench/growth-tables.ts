import type { GrownTimes, GrowthFindings, Times } from "./growth";
import { GROWTH_CALLS, type GrowthCall } from "./growth-requests";
import { table, written } from "./markdown";
import { type Verdict, verdictOn } from "./verdict";

/** Multiples of the 99th percentile, for at least as many clients. */
const TARGETS = { growth: 1.5, beside: 2, fromClients: 100_000 } as const;

/** A row for each call, two columns for each size, and how many times as long the largest takes as the smallest. */
export function growthTable(findings: GrowthFindings): string {
  const head = ["call", ...findings.flatMap(({ clients }) => [`${written(clients)}: median, ms`, "99th of 100, ms"])];
  const rows = GROWTH_CALLS.map((call) => [
    call,
    ...findings.flatMap((found) => cells(timesOf(found, call))),
    growthOf(findings, call).toFixed(2),
  ]);
  return table([...head, "largest / smallest"], rows);
}

/** Tokens alone, and while the slowest listing runs. */
export function besideTable(findings: GrowthFindings): string {
  const rows = findings.map((found) => [
    written(found.clients),
    found.worst,
    ...cells(timesOf(found, "token")),
    ...cells(found.tokensBeside),
    besideOf(found).toFixed(2),
  ]);
  const times = ["median, ms", "99th of 100, ms"];
  return table(["clients", "listing", ...times, ...times.map((time) => `beside it: ${time}`), "beside / alone"], rows);
}

/** Empty when there were too few clients to judge. */
export function growthVerdicts(findings: GrowthFindings): readonly Verdict[] {
  const [smallest, largest] = [findings[0], findings.at(-1)];
  if (smallest === undefined || largest === undefined || largest.clients < TARGETS.fromClients) return [];
  const grown = GROWTH_CALLS.map((call) => ({ call, ratio: growthOf(findings, call) }));
  const most = grown.reduce((one, other) => (other.ratio > one.ratio ? other : one));
  const beside = besideOf(largest);
  const [few, many] = [written(smallest.clients), written(largest.clients)];
  return [
    verdictOn(
      most.ratio <= TARGETS.growth,
      `with ${many} clients, the 99th percentile of each call is at most ${most.ratio.toFixed(2)} times that with ${few} (${most.call}); the target is at most ${TARGETS.growth}.`,
    ),
    verdictOn(
      beside <= TARGETS.beside,
      `with ${many} clients, the 99th percentile of tokens while 16 listings run (${largest.worst}) is ${beside.toFixed(2)} times that without; the target is at most ${TARGETS.beside}.`,
    ),
  ];
}

function growthOf(findings: GrowthFindings, call: GrowthCall): number {
  const [smallest, largest] = [findings[0], findings.at(-1)];
  return timesOf(largest, call).slow / timesOf(smallest, call).slow;
}

function besideOf(found: GrownTimes): number {
  return found.tokensBeside.slow / timesOf(found, "token").slow;
}

const NOT_MEASURED: Times = { median: Number.NaN, slow: Number.NaN };

function timesOf(found: GrownTimes | undefined, call: GrowthCall): Times {
  return found?.calls.get(call) ?? NOT_MEASURED;
}

function cells({ median, slow }: Times): readonly string[] {
  return [median.toFixed(1), slow.toFixed(1)];
}
