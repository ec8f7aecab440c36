import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { VERSION } from "../version";

const PREFIX = "xtremepush_access_gateway_";
/** Different paths that are counted by their name; all others are counted together. */
const PATHS_MAX = 100;

/** What a gateway is looked at by. */
export interface Looks {
  /** The age of what is known, in seconds. */
  age(): number;
  isConnected(): boolean;
  clients(): number;
  /** Uses that were not counted. */
  droppedUses(): number;
  /** From when to when the own certificate is valid, in milliseconds since 1970; null without one. */
  certificate(): { readonly from: number; readonly to: number } | null;
}

/** The metrics of one gateway, in a registry of their own. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly decisions = new Counter({
    name: `${PREFIX}decisions_total`,
    help: "Calls by their outcome: allowed, or the code of the refusal",
    labelNames: ["outcome"],
    registers: [this.registry],
  });
  readonly upstreamSeconds = new Histogram({
    name: `${PREFIX}upstream_duration_seconds`,
    help: "How long the External API took to begin its answer, by project and status, or by how it failed",
    labelNames: ["project", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });
  readonly #unmatched = new Counter({
    name: `${PREFIX}unmatched_total`,
    help: "Refused calls of paths for which no permission is known; at most 100 paths have their name",
    labelNames: ["path"],
    registers: [this.registry],
  });
  readonly #missing = new Counter({
    name: `${PREFIX}missing_endpoints_total`,
    help: "Allowed calls that the External API answered with 404 or 405, by endpoint and how it is known",
    labelNames: ["endpoint", "evidence"],
    registers: [this.registry],
  });
  readonly #paths = new Set<string>();

  /** @param ofProcess Whether the metrics of the process belong to them. */
  constructor(looks: Looks, ofProcess: boolean) {
    this.#gauge("snapshot_age_seconds", "How long ago the backend confirmed what clients may do", () => looks.age());
    this.#gauge("backend_connected", "1 while the backend answers", () => Number(looks.isConnected()));
    this.#gauge("clients", "Clients that the gateway knows", () => looks.clients());
    this.#gauge("dropped_uses", "Calls that are missing in the reports of use", () => looks.droppedUses());
    if (looks.certificate() !== null) this.#certificate(looks);
    const build = { name: `${PREFIX}build_info`, help: "The version of the gateway", labelNames: ["version"] };
    new Gauge({ ...build, registers: [this.registry] }).set({ version: VERSION }, 1);
    if (ofProcess) collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 20 });
  }

  /** Counts a path that matched nothing. @returns whether it is the first time that its name is counted. */
  unmatched(path: string): boolean {
    const isNew = !this.#paths.has(path) && this.#paths.size < PATHS_MAX;
    if (isNew) this.#paths.add(path);
    this.#unmatched.inc({ path: this.#paths.has(path) ? path : "other" });
    return isNew;
  }

  /** The External API does not know an endpoint that the catalog has. */
  missing(endpoint: string, evidence: string): void {
    this.#missing.inc({ endpoint, evidence });
  }

  #certificate({ certificate }: Looks): void {
    const about = (part: "from" | "to") => () => (certificate()?.[part] ?? 0) / 1_000;
    this.#gauge("certificate_not_before_timestamp_seconds", "When the own certificate began", about("from"));
    this.#gauge("certificate_not_after_timestamp_seconds", "When the own certificate ends", about("to"));
  }

  #gauge(name: string, help: string, value: () => number): void {
    const gauge = new Gauge({
      ...{ name: PREFIX + name, help, registers: [] },
      collect() {
        this.set(value());
      },
    });
    this.registry.registerMetric(gauge);
  }
}
