import { type FastifyInstance, fastify } from "fastify";
import type { Database } from "./database/open";
import { DEFAULT_LIMITS, type Limits } from "./limits";
import { makeMetrics } from "./metrics";
import type { Services } from "./services";

/** Everything that a backend needs to answer requests. */
export interface AppOptions {
  readonly database: Database;
  readonly clock: () => Date;
  /** The address under which clients and gateways know this backend, as in `https://access.example.com`. */
  readonly issuer: string;
  readonly version?: string;
  readonly log?: LogSettings;
  /** Addresses of the proxies whose forwarded headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** Serves `/openapi.json` and `/docs` to everybody instead of actors only. */
  readonly publicDocs?: boolean;
  /** Serves `/metrics` to everybody instead of actors only. */
  readonly publicMetrics?: boolean;
  readonly limits?: Partial<Limits>;
}

/** Where the log goes and how much of it. */
export interface LogSettings {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "silent";
  readonly stream?: { write(line: string): void };
}

/** Builds the backend, not yet listening. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const services: Services = {
    database: options.database,
    clock: options.clock,
    issuer: options.issuer,
    version: options.version ?? "0.0.0",
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    metrics: makeMetrics(),
  };
  const app = fastify();
  void services;
  // OAuth endpoints: await registerOAuth(app, services);
  return app;
}
