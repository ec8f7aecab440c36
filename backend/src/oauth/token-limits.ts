import type { FastifyInstance, FastifyRequest } from "fastify";
import { LIMIT_WINDOW_MS } from "../http/limits";
import { tellLimit } from "../http/rate-limits";
import { OAuthError, type WrongProof } from "./oauth-error";

/** Counts a request, and refuses the one too many. */
type Count = (request: FastifyRequest) => Promise<void>;

/** The limit of an address. */
export interface AddressLimit {
  readonly count: Count;
  /** What an address counts as: an IPv6 network, all of one caller, is one address. */
  readonly keyOf: (request: FastifyRequest) => Promise<string>;
}

/** Counts by the plugin's own key. */
export function addressLimit(app: FastifyInstance, max: number): AddressLimit {
  const check = app.createRateLimit({ max, timeWindow: LIMIT_WINDOW_MS });
  return {
    count: counter(check),
    keyOf: async (request) => (await check(request, { increment: false })).key,
  };
}

/** Counts the requests of each client. */
export function clientCounter(app: FastifyInstance, max: number) {
  const clients = new WeakMap<FastifyRequest, string>();
  const keyGenerator = (request: FastifyRequest) => clients.get(request) ?? "";
  const count = counter(app.createRateLimit({ max, keyGenerator, timeWindow: LIMIT_WINDOW_MS }));
  return (request: FastifyRequest, client: string): Promise<void> => {
    clients.set(request, client);
    return count(request);
  };
}

interface TooMany {
  readonly waitS: number;
  /** What is wrong with the request besides; only the log says it. */
  readonly cause?: WrongProof | undefined;
}

/** Refuses a request because of the many before it. */
export function tooMany(requests: string, { waitS, cause }: TooMany): OAuthError {
  // RFC 6749 has no code for it; this is the one that says "try again".
  return new OAuthError("temporarily_unavailable", `too many ${requests}: wait ${waitS} s`, {
    status: 429,
    headers: { "retry-after": String(waitS) },
    cause,
  });
}

function counter(check: ReturnType<FastifyInstance["createRateLimit"]>): Count {
  return async (request) => {
    const count = await check(request);
    tellLimit(request, count);
    if (count.isAllowed || !count.isExceeded) return;
    throw tooMany("token requests", { waitS: count.ttlInSeconds });
  };
}
