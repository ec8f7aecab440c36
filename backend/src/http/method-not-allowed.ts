import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ProblemError } from "../failures/problems";
import { answerOnSocket } from "./error-handler";

/** The order in which `Allow` lists methods. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

interface Address {
  readonly matches: (path: string) => boolean;
  readonly methods: Set<string>;
}

/** What a route with a wildcard puts into its `config` when it answers a few paths only. */
export interface AnsweredPaths {
  readonly answers: (path: string) => boolean;
}

/**
 * Refuses what no route takes: 405 and `Allow` where the address takes other methods, else 404. Call it before the
 * routes are registered.
 *
 * The router has no route for OPTIONS, TRACE, QUERY and some thirty other methods, so it does not know their addresses.
 */
export function refuseUnrouted(app: FastifyInstance): void {
  const addresses = new Map<string, Address>();
  app.addHook("onRoute", ({ url, method, config }) => {
    // Fastify types `config` for all routes alike; those with a wildcard declare AnsweredPaths.
    const { answers: matches = matcherOf(url) } = (config ?? {}) as Partial<AnsweredPaths>;
    const address = addresses.get(url) ?? { matches, methods: new Set() };
    for (const one of [method].flat()) address.methods.add(one);
    addresses.set(url, address);
  });
  const refusal = (request: FastifyRequest) => refusalOf(request, [...addresses.values()]);
  // Not only in the handler, which runs after the body has been read.
  app.addHook("onRequest", async (request) => {
    if (request.is404) throw refusal(request);
  });
  app.setNotFoundHandler((request) => {
    throw refusal(request);
  });
  // Without a listener, Node.js closes the connection of a CONNECT without an answer.
  app.server.on("connect", (_request: IncomingMessage, socket: Socket) => {
    const problem = new ProblemError("method_not_allowed", "this is not a proxy, so it does not take CONNECT");
    answerOnSocket(socket, problem, { allow: "" });
  });
}

function refusalOf({ url, method }: FastifyRequest, addresses: readonly Address[]): ProblemError {
  const [path = ""] = url.split("?", 1);
  const matching = addresses.filter(({ matches }) => matches(path));
  const taken = new Set(matching.flatMap(({ methods }) => [...methods]));
  if (taken.size === 0 || taken.has(method)) {
    return new ProblemError("route_not_found", `there is no ${method} at this address; see /openapi.json`);
  }
  const allow = METHODS.filter((one) => taken.has(one)).join(", ");
  return new ProblemError("method_not_allowed", `this address takes ${allow}`, { headers: { allow } });
}

/** Decodes a path as the router does, but not into more parts: a `%2F` stays within its part. */
function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes).replaceAll("/", "%2F");
    } catch {
      return escapes;
    }
  });
}

/** `/v1/projects/:project` matches every path with one part in the place of the name. */
function matcherOf(url: string): Address["matches"] {
  const parts = url.split("/").map((part) => {
    if (part.startsWith(":")) return "[^/]+";
    return part === "*" ? ".*" : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  });
  const pattern = new RegExp(`^${parts.join("/")}$`);
  return (path) => pattern.test(decoded(path));
}
