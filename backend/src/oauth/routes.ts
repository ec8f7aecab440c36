import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import {
  ACCESS_TOKEN_TYPE,
  AuthorizationServer,
  ExchangeAnswer,
  Introspection,
  JsonWebKeySet,
  ProtectedResource,
  SUBJECT_TOKEN_TYPES,
  TOKEN_EXCHANGE_GRANT,
  TokenAnswer,
} from "xtremepush-access/schemas";
import { z } from "zod";
import { type Authorize, actorOf, presentedToken as presentedActorToken } from "../http/authorization";
import type { AnsweredPaths } from "../http/method-not-allowed";
import { answer } from "../http/openapi/answers";
import type { LiveAnswer } from "../store/access-tokens";
import { makeErrorAnswer } from "./answer-error";
import type { ClientRequest } from "./client-authentication";
import { INTROSPECTION_ERRORS, PUBLIC_ERRORS, REVOCATION_ERRORS, TOKEN_ERRORS } from "./error-answers";
import { answerExchange } from "./exchange";
import { FORM, presentedToken, ReceivedForm, readForm } from "./form";
import { IgnoredParameters } from "./ignored-parameters";
import { findKnownKey, introspect, introspectOwn } from "./introspection";
import { managementResource, metadataPath, OAUTH_PATHS, resourcesByPath, serverMetadata } from "./metadata";
import { OAuthError } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import { JWT_BEARER_GRANT } from "./presented-assertion";
import { isBasic, showsClient } from "./presented-secret";
import { revoke } from "./revocation";
import { answerTokenRequest } from "./token";
import { type AddressLimit, addressLimit, clientCounter } from "./token-limits";

/** A token request is a few hundred bytes; a scope of all permissions is two thousand, an assertion up to four. */
const BODY_LIMIT = 16_384;

/** The OAuth endpoints. They take forms and answer errors as RFC 6749 says, so they are a plugin of their own. */
export function oauthRoutes(app: FastifyInstance, { services, authorize }: OAuthRouteSettings, done: () => void): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(FORM, { parseAs: "buffer", bodyLimit: BODY_LIMIT }, parseForm);
  // The forms are described for /openapi.json and read by readForm, which knows the RFC's rules.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setErrorHandler(makeErrorAnswer(services.metrics));
  const addresses = addressLimit(app, services.limits.addressTokens);
  tokenRoute(app, services, addresses);
  revocationRoute(app, services, addresses);
  introspectionRoute(app, { services, authorize }, addresses);
  publicRoutes(app, services);
  done();
}

async function parseForm(_request: FastifyRequest, body: Buffer): Promise<ReceivedForm> {
  if (!isUtf8(body)) throw new OAuthError("invalid_request", "the body is not valid UTF-8; percent-encode each value");
  return readForm(body.toString());
}

export interface OAuthRouteSettings {
  readonly services: OAuthServices;
  readonly authorize: Authorize;
}

/** The body cannot hold more. */
const text = z.string().max(BODY_LIMIT);

/** How a client shows who it is. */
const CLIENT_FIELDS = {
  client_id: text.optional(),
  client_secret: text.optional(),
  client_assertion_type: text.optional(),
  client_assertion: text.optional(),
};

const tags = ["OAuth"];
/** By Basic, or in the form. */
const CLIENT_SECURITY = [{ client: [] }, {}];

const TokenForm = z.object({
  grant_type: z.enum(["client_credentials", JWT_BEARER_GRANT, TOKEN_EXCHANGE_GRANT]),
  scope: text.optional(),
  resource: text.optional(),
  ...CLIENT_FIELDS,
  assertion: text.optional(),
  subject_token: text.optional(),
  // Checked by the exchange alone: to other grants they are unknown parameters, which RFC 6749, section 3.2, ignores.
  subject_token_type: text.describe(`Of an exchange: ${SUBJECT_TOKEN_TYPES.join(" or ")}`).optional(),
  requested_token_type: text.describe(`Of an exchange: ${ACCESS_TOKEN_TYPE}, or left out`).optional(),
  audience: text.optional(),
});

function tokenRoute(app: FastifyInstance, services: OAuthServices, addresses: AddressLimit): void {
  const ignored = new IgnoredParameters(Object.keys(TokenForm.shape));
  const countClient = clientCounter(app, services.limits.clientTokens);
  const schema = {
    ...{
      operationId: "createToken",
      summary: "Issue a token to a client or a pipeline",
      tags,
      security: CLIENT_SECURITY,
    },
    description:
      "RFC 6749, section 4.4, and RFC 7523: a client shows its secret or an assertion, and gets an access token. RFC 8693: a " +
      "pipeline shows its ID token, and gets the token of an actor that trusts it.",
    consumes: [FORM],
    body: TokenForm,
    response: { 200: answer(z.union([TokenAnswer, ExchangeAnswer]), "A token"), ...TOKEN_ERRORS },
  };

  app.post(OAUTH_PATHS.token, { schema, onRequest: [noStore, noQuery, addresses.count] }, async (request) => {
    const form = formOf(request);
    if (form.get("grant_type") === TOKEN_EXCHANGE_GRANT)
      return answerExchange(services, { form, requestId: request.id });
    const asked = await clientRequest(request, addresses, (client) => {
      ignored.report(request.log, client, formOf(request));
      return countClient(request, client);
    });
    return answerTokenRequest(services, asked);
  });
}

/** A token and, of a client, how it shows who it is. */
const TokenToLookAt = z.object({ token: text.min(1), token_type_hint: text.optional(), ...CLIENT_FIELDS });

function revocationRoute(app: FastifyInstance, services: OAuthServices, addresses: AddressLimit): void {
  const countClient = clientCounter(app, services.limits.clientTokens);
  const schema = {
    ...{ operationId: "revokeToken", summary: "Revoke an access token", tags, security: CLIENT_SECURITY },
    description: "RFC 7009. The client shows its secret or an assertion.",
    consumes: [FORM],
    body: TokenToLookAt,
    response: { 200: answer(z.object({}), "The token does not work any more"), ...REVOCATION_ERRORS },
  };

  app.post(OAUTH_PATHS.revocation, { schema, onRequest: [noStore, noQuery, addresses.count] }, async (request) => {
    const asked = await requestAboutToken(request, addresses, (client) => countClient(request, client));
    await revoke(services, asked);
    return {};
  });
}

/** An actor asks about the tokens of its projects, a client about its own. */
function introspectionRoute(app: FastifyInstance, settings: OAuthRouteSettings, addresses: AddressLimit): void {
  const { services, authorize } = settings;
  const schema = {
    ...{ operationId: "introspectToken", summary: "Ask what a token allows now", tags },
    security: [{ actor: [] }, ...CLIENT_SECURITY],
    description: "RFC 7662. An actor asks about the tokens of its projects, a client about its own.",
    consumes: [FORM],
    body: TokenToLookAt,
    response: {
      200: answer(Introspection, "What the token allows; `active` alone when it does not work"),
      ...INTROSPECTION_ERRORS,
    },
  };
  const permissions = new WeakMap<FastifyRequest, LiveAnswer["permissions"]>();
  const authorizeActor = authorize("viewer", async (actorToken, request) => {
    const accessToken = findKnownKey(services, formOf(request).get("token"));
    const answer = await services.live.find({ actorToken, accessToken });
    if (accessToken !== null) permissions.set(request, answer.permissions);
    return answer.actor;
  });
  const countClient = clientCounter(app, services.limits.actorRequests);
  const countAssertion = clientCounter(app, services.limits.clientTokens);
  // The actor itself is looked up with the token in the body.
  const checkHeader = async ({ headers: { authorization } }: FastifyRequest): Promise<void> => {
    if (isByActor(authorization)) presentedActorToken(authorization);
  };

  app.post(OAUTH_PATHS.introspection, { schema, onRequest: [noStore, noQuery, checkHeader] }, async (request) => {
    // An assertion costs a signature and a row, as it does at the token endpoint.
    const isByAssertion = formOf(request).has("client_assertion");
    const count = isByAssertion ? countAssertion : countClient;
    const asked = await requestAboutToken(request, addresses, (client) => count(request, client));
    if (!isByActor(asked.authorization)) {
      if (isByAssertion) await addresses.count(request);
      if (showsClient(asked.authorization, asked.form)) return introspectOwn(services, asked);
    }
    // It also answers whoever shows nothing.
    await authorizeActor(request);
    const { projects } = actorOf(request);
    return introspect(services, presentedToken(asked.form), {
      isVisible: (claims) => projects === null || projects.includes(claims.xtremepush_project),
      permissions: permissions.get(request),
    });
  });
}

function isByActor(authorization: string | undefined): boolean {
  return authorization !== undefined && !isBasic(authorization);
}

/** Without what only the token endpoint knows, `grant_type` and `assertion` among it (RFC 6749, section 3.2). */
async function requestAboutToken(...asked: Parameters<typeof clientRequest>): Promise<ClientRequest> {
  const { form, ...rest } = await clientRequest(...asked);
  return { ...rest, form: new Map([...form].filter(([name]) => name in TokenToLookAt.shape)) };
}

async function clientRequest(
  request: FastifyRequest,
  addresses: AddressLimit,
  countClient: ClientRequest["countClient"],
): Promise<ClientRequest> {
  const address = await addresses.keyOf(request);
  return { form: formOf(request), authorization: request.headers.authorization, address, countClient };
}

function publicRoutes(app: FastifyInstance, services: OAuthServices): void {
  const schema = {
    ...{ operationId: "getKeys", summary: "Read the keys that verify access tokens", tags },
    ...{ description: "RFC 7517.", response: { 200: answer(JsonWebKeySet, "The public keys"), ...PUBLIC_ERRORS } },
  };
  app.get(OAUTH_PATHS.jwks, { schema }, async (_request, reply) => {
    // Shorter than the hour for which a new key is announced.
    reply.header("cache-control", "public, max-age=300");
    return services.signingKeys.jwks();
  });

  const metadata = async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header("cache-control", "public, max-age=300");
    return serverMetadata(services.issuer);
  };
  const serverSchema = {
    ...{ operationId: "getAuthorizationServer", summary: "Read where the OAuth endpoints are", tags },
    ...{ description: "RFC 8414.", response: { 200: answer(AuthorizationServer, "The endpoints"), ...PUBLIC_ERRORS } },
  };
  app.get(OAUTH_PATHS.metadata, { schema: serverSchema }, metadata);
  resourceRoutes(app, services);
  const path = metadataPath(services.issuer);
  if (path === OAUTH_PATHS.metadata) return;
  // The path of an issuer may hold what a route's pattern would read as a parameter, so it is compared as it is.
  app.get(
    `${OAUTH_PATHS.metadata}/*`,
    only((asked) => asked === path),
    async (request, reply) => (request.url.split("?", 1)[0] === path ? metadata(request, reply) : reply.callNotFound()),
  );
}

function resourceRoutes(app: FastifyInstance, { issuer }: OAuthServices): void {
  const resources = resourcesByPath(issuer);
  const send = (reply: FastifyReply, resource: ProtectedResource) => {
    reply.header("cache-control", "public, max-age=300");
    return resource;
  };
  const schema = {
    ...{ operationId: "getProtectedResource", summary: "Read how the management API is protected", tags },
    ...{ description: "RFC 9728.", response: { 200: answer(ProtectedResource, "The API"), ...PUBLIC_ERRORS } },
  };
  app.get(OAUTH_PATHS.resource, { schema }, async (_request, reply) => send(reply, managementResource(issuer)));
  app.get(
    `${OAUTH_PATHS.resource}/*`,
    only((path) => resources.has(path)),
    async (request, reply) => {
      const resource = resources.get(request.url.split("?", 1)[0] ?? "");
      return resource === undefined ? reply.callNotFound() : send(reply, resource);
    },
  );
}

/** The options of a route with a wildcard that answers a few paths. */
function only(answers: AnsweredPaths["answers"]): { schema: FastifySchema; config: AnsweredPaths } {
  return { schema: { hide: true }, config: { answers } };
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

function formOf(request: FastifyRequest): ReceivedForm {
  // A request without a body and a content type reaches no parser; every other body is a form.
  return (request.body as ReceivedForm | undefined) ?? new ReceivedForm();
}
