import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import type { LiveAccess } from "../access/live-access";
import type { Decider } from "../decide/decider";
import { Refusal } from "../decide/refusal";
import { type GatewayFile, type Limits, longestAge } from "../file/gateway-file";
import { UpstreamFailure } from "../upstream/exchange";
import { MIN_VERSION, type TlsPair } from "./certificate";
import { Connections } from "./connections";
import { DECIDE_PATH, type Decision, decideFor } from "./decide-route";
import { type ExternalApi, failureOf } from "./external-api";
import type { GatewayMetrics } from "./metrics";
import { asHeader, type Denials, rawAnswer, writeRefusal } from "./problems";
import { problemOfFraming } from "./request-head";
import { isStopping, prepareStopping } from "./stopping";

/** Where the log goes, and its level. */
export interface LogSettings {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  readonly stream?: { write(line: string): void };
}

/** How long the head and the body of a request may take. */
const REQUEST_MS = 30_000;

export interface AppOptions {
  readonly file: GatewayFile;
  readonly log: LogSettings;
  readonly tls: TlsPair | null;
}

/** What an app answers with. */
export interface AppServices {
  readonly api: ExternalApi;
  readonly decider: Decider;
  readonly live: LiveAccess;
  readonly metrics: GatewayMetrics;
  /** The headers that carry the vendor's credential of a project. */
  readonly credentialOf: (project: string) => Promise<Readonly<Record<string, string>>>;
}

/** Makes an app that answers no call yet: it reads no bodies by itself. */
export function makeApp({ file, log, tls }: AppOptions): FastifyInstance {
  const { denials } = file;
  const connections = new Connections();
  const app = fastify({
    logger: { level: log.level, ...(log.stream && { stream: log.stream }), serializers: { err: errorFields } },
    ...(tls === null ? {} : { https: { ...tls, minVersion: MIN_VERSION } }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    requestTimeout: REQUEST_MS,
    forceCloseConnections: "idle" as const,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    frameworkErrors: (_error, request, reply) => {
      void refuse(new Refusal("route_not_found", "the address is not valid"), { request, reply, denials });
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (!connections.endAfterAnswers(socket)) answerBroken(error, socket, denials);
    },
  });
  // Fastify types an app with TLS and one without as different; only what both have is used.
  const plain = app as unknown as FastifyInstance;
  prepareStopping(plain);
  app.addHook("onRequest", async (request, reply) => {
    await connections.turn(request.raw, reply.raw);
    // While it waited for its turn, its connection may have ended: nobody would get its answer.
    if (!request.raw.socket.writable) {
      reply.hijack();
      return;
    }
    const problem = problemOfFraming(request.raw);
    if (problem !== null) return refuse(problem, { request, reply, denials });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.setErrorHandler((error, request, reply) => {
    // Of an answer that failed before any of it was sent.
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    return refuse(refusalOf(error, request.log), { request, reply, denials });
  });
  return plain;
}

/** Answers calls of the External API, and the questions of load balancers. */
export function serveCalls(app: FastifyInstance, file: GatewayFile, services: AppServices): void {
  const { denials } = file;
  const { api, live, metrics } = services;
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const age = live.age();
    const isReady = age <= longestAge(file.stale) && !isStopping(app);
    const ageSeconds = Number.isFinite(age) ? Math.round(age / 1_000) : null;
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? "ready" : "unavailable", snapshotAgeSeconds: ageSeconds });
  });
  if (file.metrics.public) serveMetrics(app, metrics);
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const result = await api.answer(request.raw, reply.raw);
    if (result instanceof Refusal) return refuse(result, { request, reply, denials });
    const { status, headers, body, permissions, endpoint } = result;
    if (body instanceof Readable) endWithCaller(reply.raw, body, file.limits);
    return reply
      .code(status)
      .headers(headers)
      .header("x-request-id", request.id)
      .header("x-xtremepush-permission", permissions.join(" "))
      .header("x-xtremepush-evidence", endpoint.evidence)
      .send(body);
  };
  app.all("/*", answer);
  app.setNotFoundHandler(answer);
}

/** An answer that nobody takes must not keep its connection to the External API: neither one that failed, nor one that is not read. */
function endWithCaller(caller: ServerResponse, body: Readable, { answer }: Limits): void {
  if (caller.closed) body.destroy();
  else caller.once("close", () => body.destroy());
  // The External API may pause for as long as `answer`; a caller that is slow besides has as long again.
  caller.setTimeout(2 * answer, () => {
    // Before its first byte, it is the answer that is late: what ends that gets the caller an answer.
    if (caller.headersSent) caller.destroy();
  });
}

/** Serves the metrics. */
export function serveMetrics(app: FastifyInstance, { registry }: GatewayMetrics): void {
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

/** Answers a proxy in front that asks about calls. */
export function serveDecisions(app: FastifyInstance, file: GatewayFile, services: AppServices): void {
  const { denials, limits, decide } = file;
  const credentialOf = decide?.credential === true ? services.credentialOf : async () => ({});
  const deny = (refusal: Refusal, exchange: Omit<Exchange, "denials">) => {
    const problem = asHeader(writeRefusal(refusal, exchange.request.id, denials));
    if (problem !== null) exchange.reply.header("x-xtremepush-problem", problem);
    return refuse(refusal, { ...exchange, denials });
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const decision = await decideFor(request.raw, { ...services, credentialOf, limits });
    services.metrics.decisions.inc({ outcome: decision instanceof Refusal ? decision.code : "decided" });
    // The body of the call that it is about does not always follow its length; what comes next is not the rest of it.
    if (!request.raw.complete) reply.header("connection", "close");
    if (decision instanceof Refusal) return deny(decision, { request, reply });
    const { token, endpoint, permissions, credential } = decision;
    return (
      reply
        .headers(headersForProxy(credential))
        .header("x-xtremepush-client", token.client)
        .header("x-xtremepush-permission", permissions.join(" "))
        .header("x-xtremepush-evidence", endpoint.evidence)
        // Envoy takes only 200 as a yes, and gives any other answer to the caller.
        .code(request.url === DECIDE_PATH ? 204 : 200)
        .send()
    );
  };
  app.route({ method: ["GET", "POST"], url: DECIDE_PATH, handler: answer });
  app.all(`${DECIDE_PATH}/*`, answer);
  app.setNotFoundHandler((request, reply) =>
    deny(new Refusal("route_not_found", `this listener answers ${DECIDE_PATH}`), { request, reply }),
  );
}

/** Some proxies give a header of the answer another name in the call; Traefik and Envoy cannot. */
function headersForProxy(credential: Decision["credential"]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(credential)) {
    headers[name] = value;
    headers[`x-xtremepush-upstream-${name}`] = value;
  }
  const isReplaced = Object.keys(credential).some((name) => name.toLowerCase() === "authorization");
  // Else Envoy would send the caller's access token on to the vendor.
  return isReplaced ? headers : { ...headers, "x-envoy-auth-headers-to-remove": "authorization" };
}

/** What Fastify refuses is the caller's; anything else is the gateway's, and only in its log. */
function refusalOf(error: unknown, log: FastifyBaseLogger): Refusal {
  if (error instanceof UpstreamFailure) return failureOf(error);
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 415) return new Refusal("unsupported_media_type", "the content type is not valid");
  if (typeof status === "number" && status < 500) return new Refusal("invalid_request", "the request is not valid");
  log.error({ err: error }, "the request failed");
  return new Refusal("internal", "the gateway failed; its log has the request's id");
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly denials: Denials;
}

function refuse(refusal: Refusal, { request, reply, denials }: Exchange): FastifyReply {
  const { type, body } = writeRefusal(refusal, request.id, denials);
  logRefusal(request.log, refusal);
  return reply
    .code(refusal.status)
    .headers(refusal.headers)
    .header("x-request-id", request.id)
    .header("content-type", type)
    .send(Buffer.from(body));
}

/** Nothing of a caller but its client and the permission. */
function logRefusal(log: FastifyBaseLogger, { code, status, facts }: Refusal): void {
  const line = { code, status, client: facts["client"], permission: facts["permission"] };
  if (status >= 500) log.warn(line, "could not let a call through");
  else log.info(line, "refused a call");
}

/** Answers bytes that are not HTTP, or exceed a limit of it. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket, denials: Denials): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const detail = "the request is not valid HTTP, came too slowly, or its headers are too long";
  socket.on("error", () => socket.destroy());
  socket.end(rawAnswer(new Refusal("invalid_request", detail), randomUUID(), denials));
  socket.destroySoon();
}

/** Errors of libraries can hold what was sent; only these fields are safe to log. */
function errorFields(error: Error & { readonly code?: unknown }) {
  const [, ...frames] = (error.stack ?? "").split("\n");
  return { type: error.name, code: error.code, message: "", stack: frames.join("\n") };
}
