import type { FastifyInstance } from "fastify";
import { ProblemError } from "../failures/problems";
import { actorOf, type Check } from "./authorization";
import { LIMIT_WINDOW_MS, type Limits } from "./limits";

/** Refuses an address that asks too often, whoever it is; health checks are never refused. */
export function limitAddresses(app: FastifyInstance, limits: Limits): void {
  const limiter = app.createRateLimit({ max: limits.addressRequests, timeWindow: LIMIT_WINDOW_MS });
  app.addHook("onRequest", async (request) => {
    if (request.url === "/healthz" || request.url === "/readyz") return;
    assertWithin(await limiter(request), "this address");
  });
}

/** Refuses an actor that asks too often. */
export function actorLimit(app: FastifyInstance, limits: Limits): Check {
  const limiter = app.createRateLimit({
    max: limits.actorRequests,
    timeWindow: LIMIT_WINDOW_MS,
    keyGenerator: (request) => actorOf(request).id,
  });
  return async (request) => assertWithin(await limiter(request), "this actor");
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance["createRateLimit"]>>>;

function assertWithin(count: Count, who: string): void {
  if (count.isAllowed || !count.isExceeded) return;
  throw new ProblemError("rate_limited", `${who} has sent too many requests; wait ${count.ttlInSeconds} s`, {
    headers: { "retry-after": String(count.ttlInSeconds) },
  });
}
