import { randomUUID } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { TOKEN_LIFETIME_MS } from "./key-schedule";
import type { OAuthServices } from "./oauth-services";

const TYPE = "at+jwt";
const ALGORITHM = "ES256";

/** How long a token lives, in seconds. */
export const TOKEN_LIFETIME_S = TOKEN_LIFETIME_MS / 1_000;

const Claims = z.object({
  client_id: z.string(),
  scope: z.string(),
  xtremepush_project: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
});
export type Claims = z.output<typeof Claims>;

/** For whom a token is and what it carries. */
export interface TokenSubject {
  readonly client: string;
  readonly project: string;
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
  };
  return new SignJWT(payload).setProtectedHeader({ typ: TYPE, alg: ALGORITHM, kid }).sign(privateKey);
}

/** The claims of a live token of this backend; null for every other string. */
export async function verifyAccessToken(services: OAuthServices, token: string): Promise<Claims | null> {
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = kid === undefined ? null : await services.signingKeys.verifier(kid);
    if (key === null) return null;
    const { payload } = await jwtVerify(token, key, {
      typ: TYPE,
      algorithms: [ALGORITHM],
      issuer: services.issuer,
      audience: audienceOf(services.issuer),
      currentDate: services.clock(),
    });
    return Claims.parse(payload);
  } catch (error) {
    // jose throws a TypeError for a string that has no header to decode.
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
