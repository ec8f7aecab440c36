import type { IncomingMessage } from "node:http";
import type { Permission } from "xtremepush-access";
import { visible } from "xtremepush-access/text";
import type { UseCounter } from "../access/use-counter";
import { amountOf, type JsonBody, readBody } from "../decide/body";
import type { Decider } from "../decide/decider";
import { type Endpoint, isExternal } from "../decide/endpoints";
import { Refusal } from "../decide/refusal";
import type { Token } from "../decide/tokens";
import type { Limits } from "../file/gateway-file";
import { CredentialFailure } from "../upstream/credential";
import { type UpstreamAnswer, UpstreamFailure } from "../upstream/exchange";
import { sentHeaders } from "../upstream/headers";
import type { Upstream, Waiting } from "../upstream/upstream";
import type { GatewayMetrics } from "./metrics";
import { problemOfHead, problemOfType } from "./request-head";

/** The longest path that is counted by its name. */
const PATH_MAX = 100;

export interface ExternalApiOptions {
  readonly decider: Decider;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly use: UseCounter;
  readonly metrics: GatewayMetrics;
  readonly limits: Limits;
  /** Receives a path for which no permission is known, once. */
  readonly onUnmatched: (path: string) => void;
}

/** A call that is let through. */
export interface Permitted {
  readonly token: Token;
  readonly endpoint: Endpoint;
  readonly permissions: readonly Permission[];
}

/** Decides the calls of the External API, and sends on what is let through. */
export class ExternalApi {
  readonly #options: ExternalApiOptions;

  constructor(options: ExternalApiOptions) {
    this.#options = options;
  }

  /** Answers one call; its caller has gone when the response is closed or destroyed before. */
  async answer(request: IncomingMessage, response: Waiting): Promise<Refusal | (UpstreamAnswer & Permitted)> {
    const answer = await this.#answer(request, response);
    this.#options.metrics.decisions.inc({ outcome: answer instanceof Refusal ? answer.code : "allowed" });
    return answer;
  }

  async #answer(request: IncomingMessage, response: Waiting): Promise<Refusal | (UpstreamAnswer & Permitted)> {
    const found = await this.#find(request);
    if (found instanceof Refusal) return found;
    const { token, endpoint } = found;
    // Refused before its body is read, where the body decides nothing; decided again after it has come.
    if (typeof endpoint.needs === "string") {
      const early = this.permit(token, endpoint, [endpoint.needs]);
      if (early !== null) return early;
    }
    const bytes = await readBytes(request, this.#options.limits.body);
    if (bytes instanceof Refusal) return bytes;
    const body = readBody(bytes, this.#options.limits.depth);
    if (typeof body === "string") return new Refusal("invalid_request", body);
    const needed = neededFor(endpoint, body);
    if (needed instanceof Refusal) return needed;
    const refused = this.permit(token, endpoint, [needed]);
    if (refused !== null) return refused;
    const permitted = { token, endpoint, permissions: [needed] };
    const answer = await this.#send(permitted, { request, body, response });
    return answer instanceof Refusal ? answer : { ...permitted, ...answer };
  }

  /** Checks a caller for all of some permissions, and counts a refusal. */
  permit(token: Token, endpoint: Endpoint, needed: readonly Permission[]): Refusal | null {
    for (const permission of needed) {
      const refused = this.#options.decider.permit(token, permission, endpoint);
      if (refused === null) continue;
      const isOfPermission = refused.code === "permission_denied" || refused.code === "insufficient_scope";
      if (isOfPermission) this.#options.use.count(token, permission, "refused");
      return refused;
    }
    return null;
  }

  /** Counts the use of permissions by a call that is let through. */
  countAllowed(token: Token, permissions: readonly Permission[]): void {
    for (const permission of permissions) this.#options.use.count(token, permission, "allowed");
  }

  /** Finds what a path needs. @returns a refusal, counted, for a path without a known permission. */
  endpointOf(path: string): Endpoint | Refusal {
    const endpoint = this.#options.endpoints.get(path);
    if (endpoint !== undefined) return endpoint;
    const shown = visible(path, PATH_MAX);
    if (this.#options.metrics.unmatched(shown)) this.#options.onUnmatched(shown);
    const detail = `no permission is known for ${shown}, so it is refused; map it under endpoints in gateway.yaml`;
    return new Refusal("endpoint_unmatched", detail, { facts: { evidence: "unknown" } });
  }

  async #find(request: IncomingMessage): Promise<Refusal | { readonly token: Token; readonly endpoint: Endpoint }> {
    const [path = "", query] = (request.url ?? "").split("?", 2);
    if (!isExternal(path))
      return new Refusal("route_not_found", "the gateway answers POST /api/external/{method}/{model}");
    if (request.method !== "POST") {
      return new Refusal("method_not_allowed", "every call of the External API is a POST", {
        headers: { allow: "POST" },
      });
    }
    const head = problemOfHead(request);
    if (head !== null) return head;
    const token = await this.#options.decider.caller(request.headers.authorization);
    if (token instanceof Refusal) return token;
    const endpoint = this.endpointOf(path);
    if (endpoint instanceof Refusal) return endpoint;
    if (query !== undefined) return new Refusal("invalid_request", "a call has no query; put everything into the body");
    return problemOfType(request) ?? { token, endpoint };
  }

  async #send(
    { token, endpoint, permissions }: Permitted,
    { request, body, response }: { request: IncomingMessage; body: JsonBody; response: Waiting },
  ): Promise<Refusal | UpstreamAnswer> {
    const { upstreams, metrics } = this.#options;
    const upstream = upstreams.get(token.project);
    if (upstream === undefined) return new Refusal("internal", "the gateway has no upstream for the project");
    if (upstream.isFull) return tooMany();
    let late: Refusal | null = null as Refusal | null;
    // It may have waited for a connection: what was taken away meanwhile is not used, and only what is sent counts as used.
    const begin = () => {
      late = this.permit(token, endpoint, permissions);
      if (late === null) this.countAllowed(token, permissions);
      return late === null;
    };
    const end = metrics.upstreamSeconds.startTimer({ project: token.project });
    try {
      const object = { open: body.open, isEmpty: body.members.size === 0 };
      const headers = sentHeaders(request.headers);
      const answer = await upstream.send({ path: endpoint.path, headers, body: body.bytes, object, response, begin });
      end({ status: String(answer.status) });
      if (answer.status === 404 || answer.status === 405) metrics.missing(endpoint.name, endpoint.evidence);
      return answer;
    } catch (error) {
      const failure = late ?? failureOf(error);
      end({ status: failure.code });
      return failure;
    }
  }
}

/** The permission that a body needs. */
export function neededFor({ needs }: Endpoint, body: JsonBody): Permission | Refusal {
  if (typeof needs === "string") return needs;
  const amount = amountOf(body, needs);
  return typeof amount === "string" ? needs[amount] : new Refusal("invalid_request", amount.problem);
}

function tooMany(): Refusal {
  const detail = "too many calls of the project are under way; nothing was sent, so send it again";
  return new Refusal("busy", detail, { headers: { "retry-after": "1" } });
}

/** Why a call could not be sent on, or was not answered. @throws what nobody expects. */
export function failureOf(error: unknown): Refusal {
  if (error instanceof CredentialFailure) {
    return new Refusal("upstream_unreachable", `${error.message}; nothing was sent, so send the call again`);
  }
  if (!(error instanceof UpstreamFailure)) throw error;
  const maybe = "the call may have been carried out, so check before it is sent again";
  if (error.kind === "unreachable") {
    return new Refusal(
      "upstream_unreachable",
      "the External API cannot be reached; nothing was sent, so send it again",
    );
  }
  if (error.kind === "waited") return tooMany();
  if (error.kind === "timeout") return new Refusal("upstream_timeout", `the External API took too long; ${maybe}`);
  if (error.kind === "encoded") {
    return new Refusal("upstream_failed", `the External API encoded its answer, which cannot be checked; ${maybe}`);
  }
  return new Refusal("upstream_failed", `the External API did not answer as it should; ${maybe}`);
}

/** Reads a whole body, up to a limit. */
export function readBytes(request: IncomingMessage, max: number): Promise<Buffer | Refusal> {
  const tooLarge = () =>
    new Refusal("payload_too_large", `the body is larger than ${max} bytes; send less at a time`, {
      headers: { connection: "close" },
    });
  if (Number(request.headers["content-length"] ?? 0) > max) return Promise.resolve(tooLarge());
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= max) chunks.push(chunk);
      else resolve(tooLarge());
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    const cut = () => resolve(new Refusal("invalid_request", "the request ended before its body was whole"));
    request.on("error", cut).on("close", cut);
  });
}
