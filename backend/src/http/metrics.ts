import type { FastifyInstance } from "fastify";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { DiskSpace } from "../database/disk-space";
import type { Database } from "../database/open";

/** The metrics of one backend, in its own registry, so that two backends in one process do not mix. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<"method" | "route" | "status">;
  readonly tokensIssued: Counter;
  readonly tokensRevoked: Counter;
  readonly rowsRemoved: Counter<"kind">;
  readonly oauthErrors: Counter<"route" | "status" | "error">;
  readonly guesses: Counter<"result">;
}

/** Makes what `database` and the requests are counted by. */
export function makeMetrics({ statements, disk }: Pick<Database, "statements" | "disk">): Metrics {
  const registry = new Registry();
  const statementsRun = new Counter({
    name: "xtremepush_access_database_statements_total",
    help: "SQL statements that were run",
    registers: [],
    collect() {
      this.reset();
      this.inc(statements());
    },
  });
  registry.registerMetric(statementsRun);
  if (disk !== null) registry.registerMetric(freeSpaceOf(disk));
  const guesses = new Counter({
    name: "xtremepush_access_client_guesses_total",
    help: "Wrong secrets and assertions, and those that were refused with 429 after too many wrong ones (limited)",
    labelNames: ["result"],
    registers: [registry],
  });
  // A series that begins with its first guess would hide that guess from a rate.
  for (const result of ["wrong", "limited"]) guesses.inc({ result }, 0);
  return {
    registry,
    guesses,
    requestSeconds: new Histogram({
      name: "xtremepush_access_request_duration_seconds",
      help: "How long requests took, by route template",
      labelNames: ["method", "route", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    tokensIssued: new Counter({
      name: "xtremepush_access_tokens_issued_total",
      help: "Access tokens issued",
      registers: [registry],
    }),
    tokensRevoked: new Counter({
      name: "xtremepush_access_tokens_revoked_total",
      help: "Access tokens that their clients revoked",
      registers: [registry],
    }),
    rowsRemoved: new Counter({
      name: "xtremepush_access_ended_rows_removed_total",
      help: "Rows of what has ended that this process has removed, by kind",
      labelNames: ["kind"],
      registers: [registry],
    }),
    oauthErrors: new Counter({
      name: "xtremepush_access_oauth_errors_total",
      help: "Errors of the OAuth endpoints, by route template, status and code of RFC 6749",
      labelNames: ["route", "status", "error"],
      registers: [registry],
    }),
  };
}

function freeSpaceOf(disk: DiskSpace): Gauge {
  return new Gauge({
    name: "xtremepush_access_database_disk_free_bytes",
    help: "Free space of the disk that holds the embedded database",
    registers: [],
    collect() {
      this.set(disk.freeBytes());
    },
  });
}

/** Measures every request by the template of its route, so that ids in addresses do not create new series. */
export function measureRequests(app: FastifyInstance, { requestSeconds }: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    requestSeconds.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
  });
}
