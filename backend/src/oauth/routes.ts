import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  AuthorizationServer,
  Introspection,
  JsonWebKeySet,
  OAuthProblem,
  PROBLEMS,
  TokenAnswer,
} from "xtremepush-access/schemas";
import { z } from "zod";
import { databaseFailureOf } from "../database/failures";
import { ProblemError } from "../failures/problems";
import { type Authorize, actorOf } from "../http/authorization";
import { isCutRequest } from "../http/error-handler";
import { LIMIT_WINDOW_MS } from "../http/limits";
import { logOutage } from "../http/outage-log";
import { type Form, readForm } from "./form";
import { IgnoredParameters } from "./ignored-parameters";
import { introspect } from "./introspection";
import { metadataPath, OAUTH_PATHS, serverMetadata } from "./metadata";
import { OAuthError, oauthErrorBody } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import { JWT_BEARER_GRANT } from "./presented-assertion";
import { answerTokenRequest } from "./token";

const FORM = "application/x-www-form-urlencoded";
/** A token request is a few hundred bytes; a scope of all permissions is two thousand, an assertion up to four. */
const BODY_LIMIT = 16_384;

/** The OAuth endpoints. They take forms and answer errors as RFC 6749 says, so they are a plugin of their own. */
export function oauthRoutes(app: FastifyInstance, { services, authorize }: OAuthRouteSettings, done: () => void): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(FORM, { parseAs: "string", bodyLimit: BODY_LIMIT }, parseForm);
  // The forms are described for /openapi.json and read by readForm, which knows the RFC's rules.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setErrorHandler(answerOAuthError);
  tokenRoute(app, services);
  introspectionRoute(app, services, authorize);
  publicRoutes(app, services);
  done();
}

async function parseForm(_request: FastifyRequest, body: string): Promise<Form> {
  return readForm(body);
}

export interface OAuthRouteSettings {
  readonly services: OAuthServices;
  readonly authorize: Authorize;
}

const TokenForm = z.object({
  grant_type: z.enum(["client_credentials", JWT_BEARER_GRANT]),
  scope: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
  assertion: z.string().optional(),
});

function tokenRoute(app: FastifyInstance, services: OAuthServices): void {
  const { clientTokens, addressTokens } = services.limits;
  // By the plugin's own key, which takes an IPv6 network, all of one caller, for one address.
  const countAddress = counter(app, { max: addressTokens });
  const ignored = new IgnoredParameters(Object.keys(TokenForm.shape));
  const clients = new WeakMap<FastifyRequest, string>();
  const countClient = counter(app, { max: clientTokens, keyGenerator: (request) => clients.get(request) ?? "" });
  const schema = { consumes: [FORM], body: TokenForm, response: { 200: TokenAnswer, default: OAuthProblem } };

  app.post(OAUTH_PATHS.token, { schema, onRequest: [noStore, noQuery, countAddress] }, async (request) =>
    answerTokenRequest(services, {
      form: formOf(request),
      authorization: request.headers.authorization,
      countClient: (client) => {
        clients.set(request, client);
        ignored.report(request.log, client, formOf(request));
        return countClient(request);
      },
    }),
  );
}

function introspectionRoute(app: FastifyInstance, services: OAuthServices, authorize: Authorize): void {
  const body = z.object({ token: z.string(), token_type_hint: z.string().optional() });
  const schema = { consumes: [FORM], body, response: { 200: Introspection, default: OAuthProblem } };

  app.post(
    OAUTH_PATHS.introspection,
    { schema, onRequest: [noStore, noQuery, authorize("viewer")] },
    async (request) => {
      const token = formOf(request).get("token");
      if (token === undefined) throw new OAuthError("invalid_request", "token is missing");
      return introspect(services, token, actorOf(request).projects);
    },
  );
}

function publicRoutes(app: FastifyInstance, services: OAuthServices): void {
  app.get(OAUTH_PATHS.jwks, { schema: { response: { 200: JsonWebKeySet } } }, async (_request, reply) => {
    // Shorter than the hour for which a new key is announced.
    reply.header("cache-control", "public, max-age=300");
    return services.signingKeys.jwks();
  });

  const metadata = async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header("cache-control", "public, max-age=300");
    return serverMetadata(services.issuer);
  };
  app.get(OAUTH_PATHS.metadata, { schema: { response: { 200: AuthorizationServer } } }, metadata);
  const path = metadataPath(services.issuer);
  if (path === OAUTH_PATHS.metadata) return;
  // The path of an issuer may hold what a route's pattern would read as a parameter, so it is compared as it is.
  app.get(`${OAUTH_PATHS.metadata}/*`, { schema: { hide: true } }, async (request, reply) =>
    request.url.split("?", 1)[0] === path ? metadata(request, reply) : reply.callNotFound(),
  );
}

async function noStore(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({ "cache-control": "no-store", pragma: "no-cache" });
}

async function noQuery(request: FastifyRequest): Promise<void> {
  if (!request.url.includes("?")) return;
  throw new OAuthError(
    "invalid_request",
    "parameters belong in the body; a secret that was sent in an address may be in logs: replace it",
  );
}

function formOf(request: FastifyRequest): Form {
  // A request without a body and a content type reaches no parser; every other body is a Form.
  return (request.body as Form | undefined) ?? new Map();
}

interface Counting {
  readonly max: number;
  readonly keyGenerator?: (request: FastifyRequest) => string;
}

function counter(app: FastifyInstance, counting: Counting) {
  const check = app.createRateLimit({ ...counting, timeWindow: LIMIT_WINDOW_MS });
  return async (request: FastifyRequest): Promise<void> => {
    const count = await check(request);
    if (count.isAllowed || !count.isExceeded) return;
    // RFC 6749 has no code for it; this is the one that says "try again".
    throw new OAuthError("temporarily_unavailable", `too many token requests: wait ${count.ttlInSeconds} s`, {
      status: 429,
      headers: { "retry-after": String(count.ttlInSeconds) },
    });
  };
}

function answerOAuthError(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  // What authorizes actors refuses as the management API does, and so is the answer.
  if (error instanceof ProblemError && request.routeOptions.url !== OAUTH_PATHS.token) throw error;
  const answer = error instanceof OAuthError ? error : oauthErrorOf(error);
  if (databaseFailureOf(error) !== null && !isCutRequest(error)) logOutage(request, error);
  else if (answer.status >= 500) request.log.error({ err: error }, "the request failed");
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .type("application/json")
    .serializer(JSON.stringify)
    .send(oauthErrorBody(answer));
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
    return new OAuthError("temporarily_unavailable", failure.detail, { headers: { "retry-after": "5" } });
  }
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new OAuthError("invalid_request", "the body is too large", { status });
  if (status === 415) return new OAuthError("invalid_request", `the body must be ${FORM}`, { status: 400 });
  if (status === 400) return new OAuthError("invalid_request", "the body cannot be read");
  return new OAuthError("server_error", "the backend failed; its log has the request");
}
