import type { Registry } from "prom-client";
import type { Database } from "../database/open";
import { addCurrentGauge } from "./current-gauge";
import { addDatabaseMetrics } from "./database-metrics";

export interface BackendMetricsOptions {
  readonly version: string;
  readonly database: Database;
  readonly clock: () => Date;
  /** Metrics of the process. @default none */
  readonly processMetrics: Registry | undefined;
  /** Receives why the database could not be read. */
  readonly onFailure: (error: unknown) => void;
}

/** Adds to the metrics what is not counted but looked at: the version, the process, the connections and the database. */
export function addBackendMetrics(registry: Registry, options: BackendMetricsOptions): void {
  const { version, database, processMetrics } = options;
  for (const { name } of processMetrics?.getMetricsAsArray() ?? []) {
    const metric = processMetrics?.getSingleMetric(name);
    if (metric !== undefined) registry.registerMetric(metric);
  }
  const info = { name: "build_info", help: "The version of the backend", labelNames: ["version"] };
  addCurrentGauge(registry, info, () => [{ value: 1, labels: { version } }]);
  addPoolMetrics(registry, database);
  addDatabaseMetrics(registry, options);
}

/** An embedded database has no connections, and so no values. */
function addPoolMetrics(registry: Registry, { pools }: Database): void {
  const ofPools = () => Object.entries(pools());
  addCurrentGauge(
    registry,
    { name: "database_pool_connections", help: "Open connections by what they do", labelNames: ["pool", "state"] },
    () =>
      ofPools().flatMap(([pool, { size, idle }]) => [
        { value: idle, labels: { pool, state: "idle" } },
        { value: size - idle, labels: { pool, state: "busy" } },
      ]),
  );
  addCurrentGauge(
    registry,
    { name: "database_pool_max_connections", help: "The most connections of a pool", labelNames: ["pool"] },
    () => ofPools().map(([pool, { max }]) => ({ value: max, labels: { pool } })),
  );
  addCurrentGauge(
    registry,
    { name: "database_pool_waiting_requests", help: "Requests that wait for a connection", labelNames: ["pool"] },
    () => ofPools().map(([pool, { waiting }]) => ({ value: waiting, labels: { pool } })),
  );
}
