import type { FastifyReply, FastifyRequest } from "fastify";
import { PROBLEMS } from "xtremepush-access/schemas";
import { databaseFailureOf } from "../database/failures";
import { ProblemError } from "../failures/problems";
import { isCutRequest } from "../http/error-handler";
import type { Metrics } from "../http/metrics";
import { logOutage } from "../http/outage-log";
import { logRefusal } from "../http/request-log";
import { FORM } from "./form";
import { OAUTH_PATHS } from "./metadata";
import { OAuthError, oauthErrorBody, WrongProof } from "./oauth-error";
import { claimedClient } from "./presented-client";
import { isBasic, showsClient } from "./presented-secret";

/** Where no actor calls. */
const FOR_CLIENTS: ReadonlySet<string | undefined> = new Set([OAUTH_PATHS.token, OAUTH_PATHS.revocation]);

const WAIT_S = 5;
/** Until an operator acts. It is longer than a caller waits (the SDK: 60 s), so that the caller sees the reason at once. */
const DISK_WAIT_S = 120;

/** Whether a client calls; introspection answers clients and actors. */
function isForClient({ routeOptions, headers, body }: FastifyRequest): boolean {
  if (routeOptions.url !== OAUTH_PATHS.introspection) return FOR_CLIENTS.has(routeOptions.url);
  const { authorization } = headers;
  return authorization === undefined ? body instanceof Map && showsClient(undefined, body) : isBasic(authorization);
}

/** Makes what answers every error of the OAuth endpoints, and counts it. */
export function makeErrorAnswer({ oauthErrors }: Metrics) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): unknown => {
    const answer = answerOAuthError(error, request, reply);
    const route = request.routeOptions.url ?? "unknown";
    oauthErrors.inc({ route, status: String(answer.status), error: answer.code });
    return reply;
  };
}

function answerOAuthError(error: unknown, request: FastifyRequest, reply: FastifyReply): OAuthError {
  // What authorizes actors refuses as the management API does, and so is the answer.
  if (error instanceof ProblemError && !isForClient(request)) throw error;
  const answer = error instanceof OAuthError ? error : oauthErrorOf(error);
  if (databaseFailureOf(error) !== null && !isCutRequest(error)) logOutage(request, error);
  else if (answer.status >= 500) request.log.error({ err: error }, "the request failed");
  else if (isForClient(request)) logRefusal(request, refusalOf(request, answer));
  void reply
    .code(answer.status)
    .headers(answer.headers)
    .type("application/json")
    .serializer(JSON.stringify)
    .send(oauthErrorBody(answer));
  return answer;
}

/** What the log says of a refusal; the answer must not say the reason of a wrong proof. */
function refusalOf({ headers: { authorization }, body }: FastifyRequest, error: OAuthError) {
  const client = claimedClient({ authorization, form: body instanceof Map ? body : new Map() });
  const proof = error.cause ?? error;
  return { client, error: error.code, reason: proof instanceof WrongProof ? proof.reason : error.message };
}

function oauthErrorOf(error: unknown): OAuthError {
  if (error instanceof ProblemError && error.code === "rate_limited") {
    return new OAuthError("temporarily_unavailable", error.message, { status: 429, ...error.extras });
  }
  if (error instanceof ProblemError && PROBLEMS[error.code].status < 500) {
    return new OAuthError("invalid_request", error.message, { ...error.extras });
  }
  if (isCutRequest(error)) return new OAuthError("invalid_request", "the request ended before its body was whole");
  const failure = databaseFailureOf(error);
  if (failure !== null) {
    const wait = failure.name === "disk-full" ? DISK_WAIT_S : WAIT_S;
    return new OAuthError("temporarily_unavailable", failure.detail, { headers: { "retry-after": String(wait) } });
  }
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new OAuthError("invalid_request", "the body is too large", { status });
  if (status === 415) return new OAuthError("invalid_request", `the body must be ${FORM}`, { status: 400 });
  if (status === 400) return new OAuthError("invalid_request", "the body cannot be read");
  return new OAuthError("server_error", "the backend failed; its log has the request");
}
