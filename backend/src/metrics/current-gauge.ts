import { Gauge, type Registry } from "prom-client";

/** One value of a gauge. */
export interface Value {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface GaugeText {
  readonly name: string;
  readonly help: string;
  /** @default none */
  readonly labelNames?: readonly string[];
}

/** Adds a gauge that has only the values of the moment, and none that went away. */
export function addCurrentGauge(
  registry: Registry,
  { name, help, labelNames = [] }: GaugeText,
  values: () => readonly Value[] | Promise<readonly Value[]>,
): void {
  const gauge = new Gauge({
    ...{ name: `xtremepush_access_${name}`, help, labelNames: [...labelNames], registers: [] },
    async collect() {
      const current = await values();
      this.reset();
      // A reset leaves a gauge without labels at 0, which would be a value.
      if (labelNames.length === 0) this.remove();
      for (const { value, labels = {} } of current) this.set(labels, value);
    },
  });
  registry.registerMetric(gauge);
}

/** A time as the value of a gauge. */
export function timeOf(time: Date): Value {
  return { value: time.getTime() / 1_000 };
}
