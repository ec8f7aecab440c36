import type { FastifyInstance, FastifyRequest } from "fastify";
import { ProblemError } from "../failures/problems";
import { actorOf, type Check } from "./authorization";
import { isHealthCheck, LIMIT_WINDOW_MS, type Limits } from "./limits";

/** Refuses an address that asks too often, whoever it is; health checks are never refused. */
export function limitAddresses(app: FastifyInstance, limits: Limits): void {
  const limiter = app.createRateLimit({ max: limits.addressRequests, timeWindow: LIMIT_WINDOW_MS });
  app.addHook("onRequest", async (request) => {
    if (isHealthCheck(request.url)) return;
    assertWithin(request, await limiter(request), "this address");
  });
  app.addHook("onSend", async (request, reply) => {
    const count = tightest.get(request);
    if (count === undefined) return;
    reply.headers({
      "ratelimit-limit": count.max,
      "ratelimit-remaining": count.remaining,
      "ratelimit-reset": count.ttlInSeconds,
    });
  });
}

/** Refuses an actor that asks too often. */
export function actorLimit(app: FastifyInstance, limits: Limits): Check {
  const limiter = app.createRateLimit({
    max: limits.actorRequests,
    timeWindow: LIMIT_WINDOW_MS,
    keyGenerator: (request) => actorOf(request).id,
  });
  return async (request) => assertWithin(request, await limiter(request), "this actor");
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance["createRateLimit"]>>>;
type Counted = Extract<Count, { isAllowed: false }>;

/** The limit of a request that leaves the least, which its answer tells: draft-ietf-httpapi-ratelimit-headers-07. */
const tightest = new WeakMap<FastifyRequest, Counted>();

/** Lets the answer to a request tell a limit, unless another one leaves less. */
export function tellLimit(request: FastifyRequest, count: Count): void {
  if (count.isAllowed) return;
  const told = tightest.get(request);
  if (told === undefined || count.remaining <= told.remaining) tightest.set(request, count);
}

function assertWithin(request: FastifyRequest, count: Count, who: string): void {
  tellLimit(request, count);
  if (count.isAllowed || !count.isExceeded) return;
  throw new ProblemError("rate_limited", `${who} has sent too many requests; wait ${count.ttlInSeconds} s`, {
    headers: { "retry-after": String(count.ttlInSeconds) },
  });
}
