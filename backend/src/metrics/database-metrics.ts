import type { Registry } from "prom-client";
import type { Database } from "../database/open";
import { type DatabaseState, readDatabaseState } from "../store/operations";
import { addCurrentGauge, timeOf, type Value } from "./current-gauge";
import { Samples } from "./samples";

const MINUTE_MS = 60_000;

export interface DatabaseMetricsOptions {
  readonly database: Database;
  readonly clock: () => Date;
  /** Receives why the database could not be read. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Adds what is in the database to the metrics. It is read at most once a minute. While the database does not answer, a scrape does:
 * with the last values for a while, then without them.
 */
export function addDatabaseMetrics(registry: Registry, { database, clock, onFailure }: DatabaseMetricsOptions): void {
  const states = new Samples({
    read: () => readDatabaseState(database.db, clock()),
    ...{ everyMs: MINUTE_MS, now: clock, onFailure },
  });
  addCurrentGauge(
    registry,
    { name: "database_up", help: "Whether the database answered when it was last read, at most a minute ago" },
    async () => {
      await states.latest();
      return states.succeeded === null ? [] : [{ value: states.succeeded ? 1 : 0 }];
    },
  );
  addStateMetrics(registry, database, states);
  addCurrentGauge(
    registry,
    {
      name: "certificate_expiry_timestamp_seconds",
      help: "When the next certificate of a client ends, of those that were made for over 14 days",
    },
    async () => endOf((await states.latest())?.value.certificateEnd ?? null, clock()),
  );
  addCurrentGauge(
    registry,
    {
      name: "actor_token_expiry_timestamp_seconds",
      help: "When the next actor token ends, of those that were made for over 14 days",
    },
    async () => endOf((await states.latest())?.value.actorTokenEnd ?? null, clock()),
  );
}

/** What has ended since it was read is not the next one to end. */
function endOf(end: Date | null, now: Date): readonly Value[] {
  return end === null || end <= now ? [] : [timeOf(end)];
}

function addStateMetrics(registry: Registry, { engine }: Database, states: Samples<DatabaseState>): void {
  const ofState = (values: (state: DatabaseState, time: Date) => readonly Value[]) => async () => {
    const sample = await states.latest();
    return sample === null ? [] : values(sample.value, sample.time);
  };
  addCurrentGauge(
    registry,
    { name: "database_sample_timestamp_seconds", help: "When the values of the database were read" },
    ofState((_, time) => [timeOf(time)]),
  );
  addCurrentGauge(
    registry,
    { name: "database_info", help: "The engine of the database and its version", labelNames: ["engine", "version"] },
    ofState(({ engineVersion: version }) => [{ value: 1, labels: { engine, version } }]),
  );
  addCurrentGauge(
    registry,
    { name: "audit_rows", help: "About how many rows the audit trail has" },
    ofState(({ auditRows }) => [{ value: auditRows }]),
  );
  addCurrentGauge(
    registry,
    { name: "signing_key_active_timestamp_seconds", help: "When a signing key starts to sign", labelNames: ["kid"] },
    ofState(({ signingKeys }) =>
      signingKeys.map(({ kid, activeTime }) => ({ ...timeOf(activeTime), labels: { kid } })),
    ),
  );
}
