import { randomUUID, sign } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { TOKEN_LIFETIME_MS } from "./key-schedule";
import type { OAuthServices } from "./oauth-services";
import { Claims, type VerifiedToken } from "./verified-tokens";

const TYPE = "at+jwt";
const ALGORITHM = "ES256";

/** How long a token lives, in seconds. */
export const TOKEN_LIFETIME_S = TOKEN_LIFETIME_MS / 1_000;

/** For whom a token is and what it carries. */
export interface TokenSubject {
  readonly client: string;
  readonly project: string;
  readonly revision: number;
  readonly scope: string;
}

/** Who the tokens are for: the External API behind this issuer. */
export function audienceOf(issuer: string): string {
  return `${issuer}/api/external`;
}

/** Signs an access token as RFC 9068 says. */
export async function signAccessToken(services: OAuthServices, subject: TokenSubject): Promise<string> {
  const { kid, privateKey } = await services.signingKeys.current();
  const issued = Math.floor(services.clock().getTime() / 1_000);
  const payload: JWTPayload = {
    iss: services.issuer,
    aud: audienceOf(services.issuer),
    sub: subject.client,
    client_id: subject.client,
    jti: randomUUID(),
    iat: issued,
    exp: issued + TOKEN_LIFETIME_S,
    scope: subject.scope,
    xtremepush_project: subject.project,
    xtremepush_revision: subject.revision,
  };
  const text = `${encode({ typ: TYPE, alg: ALGORITHM, kid })}.${encode(payload)}`;
  // jose signs on another thread, and the way there and back takes as long as the signature.
  const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** The claims of a live token of this backend; null for every other string. */
export async function verifyAccessToken(services: OAuthServices, token: string): Promise<Claims | null> {
  const known = services.verifiedTokens.find(token);
  const verified = known ?? (await verify(services, token));
  if (verified === null) return null;
  if (known === undefined) services.verifiedTokens.remember(token, verified);
  const { kid, claims } = verified;
  // A key that was removed ends its tokens, and time ends them all.
  const isLive = claims.exp > services.clock().getTime() / 1_000 && (await services.signingKeys.verifier(kid)) !== null;
  if (isLive) return claims;
  services.verifiedTokens.forget(token);
  return null;
}

async function verify(services: OAuthServices, token: string): Promise<VerifiedToken | null> {
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = kid === undefined ? null : await services.signingKeys.verifier(kid);
    if (kid === undefined || key === null) return null;
    const { payload } = await jwtVerify(token, key, {
      typ: TYPE,
      algorithms: [ALGORITHM],
      issuer: services.issuer,
      audience: audienceOf(services.issuer),
      currentDate: services.clock(),
    });
    return { kid, claims: Claims.parse(payload) };
  } catch (error) {
    // jose throws a TypeError for a string that has no header to decode.
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
