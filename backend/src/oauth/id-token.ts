import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload } from "jose";
import { visible } from "xtremepush-access/text";
import { findIssuerByUrl, type IssuerRow } from "../store/trust";
import { IssuerUnavailableError, UnusableKeyError } from "./issuer-keys";
import { OAuthError } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";

/** Never a symmetric one: the keys of an issuer are public. */
const ALGORITHMS = ["RS256", "ES256"];
/** How much the clocks of an issuer and of this backend may disagree, in seconds. */
const SKEW_S = 30;
/** The end of the year 9999. */
const LATEST_S = 253_402_300_799;
const TEXT_MAX = 255;

export interface IdToken {
  readonly issuer: IssuerRow;
  readonly claims: JWTPayload;
  /** From then on it is refused, whatever the clock of its issuer says. */
  readonly endTime: Date;
}

/**
 * Verifies the ID token of a pipeline by the keys of its issuer.
 *
 * @throws OAuthError `invalid_grant` when it is not one, or of no registered issuer; `temporarily_unavailable` when its issuer
 * does not answer.
 */
export async function verifyIdToken(services: OAuthServices, token: string): Promise<IdToken> {
  const url = issuerOf(token);
  // PostgreSQL takes no text with this character.
  const issuer = url.includes("\0") ? null : await findIssuerByUrl(services.database.db, url);
  if (issuer === null) throw new OAuthError("invalid_grant", `no issuer ${visible(url, TEXT_MAX)} is registered`);
  const { payload: claims, protectedHeader } = await verified(services, token, issuer);
  assertIdTokenType(protectedHeader.typ);
  // A token for several services could have been given to this one by another.
  if (Array.isArray(claims.aud) && claims.aud.length > 1) {
    throw new OAuthError("invalid_grant", `the ID token must be for ${issuer.audience} alone`);
  }
  const { exp = 0 } = claims;
  if (exp > LATEST_S) throw new OAuthError("invalid_grant", "the ID token is not valid: its exp is too far ahead");
  return { issuer, claims, endTime: new Date((exp + SKEW_S) * 1_000) };
}

async function verified(services: OAuthServices, token: string, issuer: IssuerRow) {
  try {
    return await services.issuerKeys.verify(token, issuer.url, {
      algorithms: ALGORITHMS,
      issuer: issuer.url,
      audience: issuer.audience,
      clockTolerance: SKEW_S,
      currentDate: services.clock(),
      requiredClaims: ["exp", "iat"],
    });
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new OAuthError("invalid_grant", whyInvalid(error, token, issuer));
    if (error instanceof UnusableKeyError) {
      const [kid, why] = [keyOf(token), visible(error.message, TEXT_MAX)];
      const key = kid === "" ? "key" : `key ${kid}`;
      throw new OAuthError("invalid_grant", `the ${key} of ${issuer.url} cannot be used: ${why}`);
    }
    if (!(error instanceof IssuerUnavailableError)) throw error;
    throw new OAuthError("temporarily_unavailable", `${error.message}; try again in a minute`, {
      headers: { "retry-after": "60" },
    });
  }
}

/** An issuer also signs tokens for other uses, some with the same claims (RFC 8725, section 3.11). */
function assertIdTokenType(typ: unknown): void {
  if (typ === undefined) return;
  // RFC 7515, section 4.1.9: the prefix may be left out, and case does not count.
  if (typeof typ === "string" && /^(?:application\/)?jwt$/i.test(typ)) return;
  const told = visible(typeof typ === "string" ? typ : JSON.stringify(typ), TEXT_MAX);
  throw new OAuthError(
    "invalid_grant",
    `subject_token is not an ID token: its typ is ${told}; an ID token has JWT, or none`,
  );
}

function issuerOf(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === "string") return iss;
  } catch (error) {
    // jose throws a TypeError for a string that has no part to decode.
    if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
  }
  throw new OAuthError("invalid_grant", "subject_token is not a JWT with an iss");
}

function whyInvalid(error: errors.JOSEError, token: string, { url, audience }: IssuerRow): string {
  if (error instanceof errors.JWTExpired) return "the ID token has ended: ask for a new one";
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === "aud") {
    return `the ID token is not for ${audience}: ask for one with that audience`;
  }
  if (error instanceof errors.JWTClaimValidationFailed) return `the ID token is not valid: ${error.message}`;
  if (error instanceof errors.JOSEAlgNotAllowed) return `an ID token must be signed with ${ALGORITHMS.join(" or ")}`;
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    const kid = keyOf(token);
    return kid === ""
      ? `the ID token names no key (kid), and ${url} has several`
      : `several keys of ${url} have the kid ${kid}, which the ID token names`;
  }
  return `no key of ${url} has signed the ID token`;
}

/** The key that a token names, as text for people; empty without. */
function keyOf(token: string): string {
  const { kid } = decodeProtectedHeader(token);
  return kid === undefined ? "" : visible(String(kid), TEXT_MAX);
}
