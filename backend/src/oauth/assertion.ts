import { createPublicKey } from "node:crypto";
import { errors, type JWTPayload, jwtVerify } from "jose";
import type { ClientPublicKey } from "../store/client-credentials";
import { OAuthError, UNKNOWN_CLIENT, WrongProof } from "./oauth-error";
import type { PresentedAssertion } from "./presented-assertion";
import { standInKey } from "./stand-in-key";

/** How far ahead an assertion may end and how old it may be, in seconds: Authlib and Go's x/oauth2/jwt send an hour. */
const LIFETIME_S = 3_600;
/** How much the clocks of a client and of this backend may disagree, in seconds. */
const SKEW_S = 60;

/** What an assertion is checked against. */
export interface AssertionCheck {
  /** The keys of the client whose ID is the assertion's iss; null for an unknown client. */
  readonly keys: readonly ClientPublicKey[] | null;
  /** Whom it may be for: the token endpoint and the issuer. */
  readonly audience: readonly string[];
  readonly now: Date;
  /** Whether it may lack the jti by which it counts once. */
  readonly isJtiOptional: boolean;
}

/** An assertion whose signature and claims are right; whether it was used before is not known yet. */
export interface VerifiedAssertion {
  readonly key: ClientPublicKey;
  /** The time from which it is refused in any case. */
  readonly expiresTime: Date;
}

/**
 * Finds the key that signed an assertion and checks what it says. A refusal names the broken rule only to the
 * signer: an unknown client, an unknown key and a wrong signature are refused in the same words.
 */
export async function verifyAssertion(
  assertion: PresentedAssertion,
  check: AssertionCheck,
): Promise<VerifiedAssertion> {
  const keys = keysFor(assertion, check);
  if (keys.length === 0) await claimsOf(assertion, standInKey(assertion.algorithm), check);
  for (const key of keys) {
    const claims = await claimsOf(assertion, key.pem, check);
    if (claims === null) continue;
    assertValidNow(key, assertion, check.now);
    return { key, expiresTime: endOf(claims, assertion, check) };
  }
  throw unproven(assertion, reasonOf(check.keys, keys));
}

/** The refusal of a caller that has not proved to be the client. */
export function unproven({ refusal }: PresentedAssertion, reason: string): WrongProof {
  return new WrongProof(refusal, "the client is unknown or none of its keys has signed the assertion", reason);
}

type Keys = readonly ClientPublicKey[];

function reasonOf(keys: Keys | null, fitting: Keys): string {
  if (keys === null) return UNKNOWN_CLIENT;
  if (keys.length === 0) return "the client has no key";
  return fitting.length === 0
    ? "no key of the client takes the algorithm of the assertion and has its kid"
    : "no key of the client has signed the assertion";
}

export function usedBefore({ refusal }: PresentedAssertion): OAuthError {
  return new OAuthError(refusal, "the assertion was used before: sign one with a new jti for every request");
}

/** Keys of the right kind and name, first those that are valid now: two certificates may be of one key. */
function keysFor({ algorithm, keyId }: PresentedAssertion, { keys, now }: AssertionCheck): ClientPublicKey[] {
  const fitting = (keys ?? []).filter(
    ({ algorithms, label, fingerprint }) =>
      algorithms.includes(algorithm) && (keyId === undefined || keyId === label || keyId === fingerprint),
  );
  return [...fitting.filter((key) => isValid(key, now)), ...fitting.filter((key) => !isValid(key, now))];
}

/** What an assertion says; null when the key did not sign it. */
async function claimsOf(
  assertion: PresentedAssertion,
  pem: string,
  { audience, now }: AssertionCheck,
): Promise<JWTPayload | null> {
  const { text, algorithm, clientId } = assertion;
  try {
    const { payload } = await jwtVerify(text, createPublicKey(pem), {
      algorithms: [algorithm],
      issuer: clientId,
      subject: clientId,
      audience: [...audience],
      requiredClaims: ["exp"],
      clockTolerance: SKEW_S,
      currentDate: now,
    });
    return payload;
  } catch (error) {
    // jose looks at the claims after the signature only.
    if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
      throw broken(assertion, error.claim, audience);
    }
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/**
 * When an assertion stops being accepted. jose does not check how far ahead that is, an iat that may be left out
 * (RFC 7523, section 3), and the jti.
 */
function endOf(
  { exp, iat, jti }: JWTPayload,
  assertion: PresentedAssertion,
  { now, isJtiOptional }: AssertionCheck,
): Date {
  const seconds = now.getTime() / 1_000;
  if (exp === undefined || exp > seconds + LIFETIME_S + SKEW_S) throw broken(assertion, "exp");
  const age = iat === undefined ? 0 : seconds - iat;
  if (age > LIFETIME_S + SKEW_S || age < -SKEW_S) throw broken(assertion, "iat");
  if (jti === undefined && !isJtiOptional) throw new OAuthError(assertion.refusal, NO_JTI);
  if (jti !== undefined && assertion.jti === undefined) throw broken(assertion, "jti");
  return new Date((exp + SKEW_S) * 1_000);
}

// One line for each library that sends none by itself; the guide has the code.
const NO_JTI =
  "the assertion has no jti, by which it counts once: give each its own " +
  "(Authlib: claims={'jti': ...} of AssertionSession, set before each fetch_token; Go x/oauth2/jwt: PrivateClaims of a new Config for each token; " +
  "Nimbus: JWTAssertionDetails with a JWTID), or let the operator allow it (start --assertions-without-jti)";

const RULES: ReadonlyMap<string, string> = new Map([
  ["sub", "its sub must be the client ID, as its iss is"],
  ["exp", "its exp must be a time in the next hour, in seconds since 1970"],
  ["iat", "its iat must be a time in the last hour, in seconds since 1970"],
  ["nbf", "its nbf must not be in the future, in seconds since 1970"],
  ["jti", "its jti must be a string of 1 to 256 characters"],
]);

function broken({ refusal }: PresentedAssertion, claim: string, audience: readonly string[] = []): OAuthError {
  const rule = claim === "aud" ? `its aud must be ${audience.join(" or ")}` : RULES.get(claim);
  return new OAuthError(refusal, `the assertion is refused: ${rule ?? `its ${claim} is not taken`}`);
}

function isValid({ notBefore, notAfter }: ClientPublicKey, now: Date): boolean {
  return (notBefore === null || notBefore <= now) && (notAfter === null || notAfter > now);
}

function assertValidNow(key: ClientPublicKey, { refusal }: PresentedAssertion, now: Date): void {
  if (isValid(key, now)) return;
  const { label, notBefore, notAfter } = key;
  const when =
    notBefore !== null && notBefore > now
      ? `is not valid before ${notBefore.toISOString()}`
      : `expired at ${notAfter?.toISOString()}`;
  throw new OAuthError(refusal, `the certificate ${label} ${when}: sign with a key of the client that is valid now`);
}
