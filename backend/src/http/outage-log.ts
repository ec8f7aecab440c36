import type { FastifyRequest } from "fastify";
import { databaseFailureOf, sqlStateOf } from "../database/failures";

/** How long the same advice is not repeated. */
const QUIET_MS = 60_000;

/** Logs that the database failed a request, and from time to time what the operator can do about it. */
export function logOutage(request: FastifyRequest, error: unknown): void {
  const failure = databaseFailureOf(error);
  if (failure === null) return;
  request.log.warn({ err: error }, "the database is not available");
  if (!failure.needsOperator) return;
  const now = performance.now();
  // The raw server is the same for all plugins of an app.
  const { server } = request.server;
  if (now - (advised.get(server) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
  advised.set(server, now);
  request.log.error(`${failure.advice} (${sqlStateOf(error) ?? "no code"}).`);
}

const advised = new WeakMap<object, number>();
