import { type Measurement, OPERATIONS, type Operation } from "./engine";
import { highest, range, table } from "./markdown";
import { CALLS, type CallName, type CallResult } from "./requests";
import { VARIANTS, type Variant } from "./stacks";
import { quantile, type Summary, summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** The target for a preview without changes: the maximum ratio to the do-nothing handlers. */
const TARGET = { operation: "preview", size: 250, ratio: 1.15 } as const;

/** The medians of the runs, and of the ratios of the runs that belong to one round. */
export function engineTable(measurements: readonly Measurement[]): string {
  const rows = groups(measurements).map(({ size, operation }) => {
    const of = (variant: Variant) => pick(measurements, { size, operation, variant });
    const seconds = VARIANTS.map((variant) => range(summary(of(variant).map((run) => run.seconds)), 2));
    const ratios = ["ours", "plain"] as const;
    const toFloor = ratios.map((variant) => range(ratio(measurements, { size, operation, variant }), 2));
    return [String(size), operation, String(of("ours").length), ...seconds, ...toFloor];
  });
  const head = ["N", "command", "rounds", "ours, s", "floor, s", "plain, s", "ours / floor", "plain / floor"];
  return table(head, rows);
}

/** The peak memory of the provider's process. */
export function memoryTable(measurements: readonly Measurement[]): string {
  const rows = groups(measurements).map(({ size, operation }) => [
    String(size),
    operation,
    ...VARIANTS.map((variant) => highest(pick(measurements, { size, operation, variant }).map(({ peak }) => peak))),
  ]);
  return table(["N", "command", "ours, MiB", "floor, MiB", "plain, MiB"], rows);
}

const NOT_MEASURED: CallResult = { perSecond: Number.NaN, times: [Number.NaN], statements: Number.NaN };

export function requestsTable(results: ReadonlyMap<string, ReadonlyMap<CallName, CallResult>>): string {
  const rows = [...results].flatMap(([database, calls]) =>
    CALLS.map((call) => {
      const { perSecond, times, statements } = calls.get(call) ?? NOT_MEASURED;
      const [median, slow] = [quantile(times, 0.5), quantile(times, 0.99)];
      return [database, call, perSecond.toFixed(0), median.toFixed(1), slow.toFixed(1), statements.toFixed(1)];
    }),
  );
  return table(["database", "call", "requests/s", "median, ms", "99th of 100, ms", "SQL statements a call"], rows);
}

/** Null when the target was not measured. */
export function verdict(measurements: readonly Measurement[]): Verdict | null {
  const { operation, size, ratio: most } = TARGET;
  if (pick(measurements, { size, operation, variant: "ours" }).length === 0) return null;
  const { median } = ratio(measurements, { size, operation, variant: "ours" });
  return verdictOn(
    median <= most,
    `preview without change at N = ${size} takes ${median.toFixed(2)} times as long as with do-nothing handlers; the target is at most ${most}.`,
  );
}

interface Group {
  readonly size: number;
  readonly operation: Operation;
}

function groups(measurements: readonly Measurement[]): Group[] {
  const sizes = [...new Set(measurements.map(({ size }) => size))];
  const all = sizes.flatMap((size) => OPERATIONS.map((operation) => ({ size, operation })));
  return all.filter((group) => VARIANTS.every((variant) => pick(measurements, { ...group, variant }).length > 0));
}

function pick(measurements: readonly Measurement[], wanted: Group & { variant: Variant }): Measurement[] {
  const { size, operation, variant } = wanted;
  return measurements.filter((run) => run.size === size && run.operation === operation && run.variant === variant);
}

/** The ratios within each round, because other load on the machine slows both runs alike. */
function ratio(measurements: readonly Measurement[], wanted: Group & { variant: Variant }): Summary {
  const floor = pick(measurements, { ...wanted, variant: "floor" });
  const ratios = pick(measurements, wanted).map(({ round, seconds }) => {
    return seconds / (floor.find((run) => run.round === round)?.seconds ?? Number.NaN);
  });
  return summary(ratios);
}
