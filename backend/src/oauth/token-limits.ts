import type { FastifyInstance, FastifyRequest } from "fastify";
import { LIMIT_WINDOW_MS } from "../http/limits";
import { tellLimit } from "../http/rate-limits";
import { OAuthError } from "./oauth-error";

/** Counts a request, and refuses the one too many. */
export type Count = (request: FastifyRequest) => Promise<void>;

/** Counts by the plugin's own key, which takes an IPv6 network, all of one caller, for one address. */
export function addressCounter(app: FastifyInstance, max: number): Count {
  return counter(app, { max });
}

/** Counts the requests of each client. */
export function clientCounter(app: FastifyInstance, max: number) {
  const clients = new WeakMap<FastifyRequest, string>();
  const count = counter(app, { max, keyGenerator: (request) => clients.get(request) ?? "" });
  return (request: FastifyRequest, client: string): Promise<void> => {
    clients.set(request, client);
    return count(request);
  };
}

interface Counting {
  readonly max: number;
  readonly keyGenerator?: (request: FastifyRequest) => string;
}

function counter(app: FastifyInstance, counting: Counting) {
  const check = app.createRateLimit({ ...counting, timeWindow: LIMIT_WINDOW_MS });
  return async (request: FastifyRequest): Promise<void> => {
    const count = await check(request);
    tellLimit(request, count);
    if (count.isAllowed || !count.isExceeded) return;
    // RFC 6749 has no code for it; this is the one that says "try again".
    throw new OAuthError("temporarily_unavailable", `too many token requests: wait ${count.ttlInSeconds} s`, {
      status: 429,
      headers: { "retry-after": String(count.ttlInSeconds) },
    });
  };
}
