import type { FastifyRequest } from "fastify";
import { DiskFullError } from "../database/disk-space";
import { databaseFailureOf, sqlStateOf } from "../database/failures";

/** How long the log does not repeat an advice. */
const QUIET_MS = 60_000;

/** Logs that a request failed because of the database, and at most once a minute what the operator can do. */
export function logOutage(request: FastifyRequest, error: unknown): void {
  const failure = databaseFailureOf(error);
  // Who watches the disk reports it, once.
  if (failure === null || error instanceof DiskFullError) return;
  request.log.warn({ err: error }, "the database is not available");
  if (!failure.needsOperator) return;
  const now = performance.now();
  // All plugins of an app share the raw server.
  const { server } = request.server;
  if (now - (advised.get(server) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
  advised.set(server, now);
  request.log.error(`${failure.advice} (${sqlStateOf(error) ?? "no code"}).`);
}

const advised = new WeakMap<object, number>();
