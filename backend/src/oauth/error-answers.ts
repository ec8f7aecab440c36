import { OAUTH_ERRORS, type OAuthErrorCode, OAuthProblem } from "xtremepush-access/schemas";
import { z } from "zod";
import { problem } from "../http/openapi/answers";
import { OAUTH_STATUS } from "./oauth-error";

type Codes = readonly OAuthErrorCode[];

const SERVER_ERRORS = {
  500: oauthError(["server_error"]),
  503: oauthError(["temporarily_unavailable"]),
};

/** The errors of the token endpoint: RFC 6749, section 5.2. */
export const TOKEN_ERRORS = clientErrors(OAUTH_ERRORS);

/** The errors of the other endpoint where only a client shows who it is. */
export const REVOCATION_ERRORS = clientErrors(["invalid_request", "invalid_client"]);

/** Actors are refused as the management API refuses them. */
export const INTROSPECTION_ERRORS = {
  ...REVOCATION_ERRORS,
  400: either(REVOCATION_ERRORS[400], problem("validation_failed")),
  401: either(REVOCATION_ERRORS[401], problem("unauthenticated")),
  415: problem("unsupported_media_type"),
  429: either(REVOCATION_ERRORS[429], problem("rate_limited")),
};

/** The errors of an endpoint where nobody shows who it is. */
export const PUBLIC_ERRORS = { ...SERVER_ERRORS, 400: problem("validation_failed"), 429: problem("rate_limited") };

function clientErrors(codes: Codes) {
  const byStatus = (status: number) => codes.filter((code) => OAUTH_STATUS[code] === status);
  return {
    ...SERVER_ERRORS,
    400: oauthError(byStatus(400)),
    401: oauthError(byStatus(401)),
    413: oauthError(["invalid_request"]),
    429: oauthError(["temporarily_unavailable"]),
  };
}

function oauthError(codes: Codes) {
  const withCode = z.looseObject({ error: z.enum(codes) });
  return {
    description: codes.map((code) => `\`${code}\``).join(", "),
    content: { "application/json": { schema: z.intersection(OAuthProblem, withCode) } },
  };
}

function either(ofClient: ReturnType<typeof oauthError>, ofActor: ReturnType<typeof problem>) {
  return {
    description: `To a client ${ofClient.description}; to an actor ${ofActor.description}`,
    content: { ...ofClient.content, ...ofActor.content },
  };
}
