import { decodeJwt, decodeProtectedHeader, errors } from "jose";
import { ASSERTION_ALGORITHMS, type AssertionAlgorithm, type OAuthErrorCode } from "xtremepush-access/schemas";
import { z } from "zod";
import type { Form } from "./form";
import { OAuthError } from "./oauth-error";

/** The grant of RFC 7523, section 2.1: the assertion alone asks for a token. */
export const JWT_BEARER_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** The client authentication of RFC 7523, section 2.2. */
const JWT_BEARER_CLIENT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** A signed assertion that a request shows: what its text says, not yet proven by its signature. */
export interface PresentedAssertion {
  readonly text: string;
  /** What a refusal of it is called: RFC 7521, sections 4.1.1 and 4.2.1. */
  readonly refusal: Extract<OAuthErrorCode, "invalid_grant" | "invalid_client">;
  readonly algorithm: AssertionAlgorithm;
  /** The label or the fingerprint of the key, when the header names one. */
  readonly keyId: string | undefined;
  /** The client that it claims to be from; empty without a claim. */
  readonly clientId: string;
  /** Identifies it among its client's assertions; undefined when it has no valid jti. */
  readonly jti: string | undefined;
}

/**
 * Takes the assertion from the form; null when there is none. A client authenticates in one way (RFC 6749, section 2.3), and
 * may do so beside the assertion of a grant (RFC 7521, section 4.1).
 */
export function readPresentedAssertion(authorization: string | undefined, form: Form): PresentedAssertion | null {
  const shown = form.get("grant_type") === JWT_BEARER_GRANT ? grantAssertion(form) : clientAssertion(form);
  if (shown === null) return null;
  const hasSecret = authorization !== undefined || form.has("client_secret");
  if (hasSecret && shown.refusal === "invalid_client") throw authenticatedTwice();
  const assertion = { ...shown, ...readAssertion(shown) };
  const clientId = form.get("client_id");
  if (clientId === undefined || clientId === assertion.clientId) return assertion;
  throw new OAuthError("invalid_request", "the client_id of the body is not the iss of the assertion");
}

type Shown = Pick<PresentedAssertion, "text" | "refusal">;

function grantAssertion(form: Form): Shown {
  if (form.has("client_assertion") || form.has("client_assertion_type")) throw authenticatedTwice();
  const text = form.get("assertion");
  if (text !== undefined) return { text, refusal: "invalid_grant" };
  throw new OAuthError("invalid_request", "assertion is missing: send a JWT that a key of the client has signed");
}

function clientAssertion(form: Form): Shown | null {
  if (form.has("assertion")) {
    throw new OAuthError("invalid_request", `assertion belongs to the grant_type ${JWT_BEARER_GRANT}`);
  }
  const [text, type] = [form.get("client_assertion"), form.get("client_assertion_type")];
  if (text === undefined && type === undefined) return null;
  if (text === undefined || type === undefined) {
    throw new OAuthError("invalid_request", "client_assertion and client_assertion_type are sent together");
  }
  if (type === JWT_BEARER_CLIENT) return { text, refusal: "invalid_client" };
  throw new OAuthError("invalid_client", `the only client_assertion_type is ${JWT_BEARER_CLIENT}`);
}

function authenticatedTwice(): OAuthError {
  return new OAuthError("invalid_request", "the client authenticates twice: send a secret or one assertion");
}

// RFC 7515, section 4.1.11: whoever does not know an extension refuses what needs it, and no extension is known here.
const Header = z.looseObject({
  alg: z.enum(ASSERTION_ALGORITHMS),
  kid: z.string().optional(),
  crit: z.undefined().optional(),
  b64: z.literal(true).optional(),
});

const JTI_MAX = 256;

/** Reads what the refusal of strangers may lean on: the text alone, and nothing that is known of clients. */
function readAssertion({ text, refusal }: Shown): Omit<PresentedAssertion, keyof Shown> {
  try {
    const { alg, kid } = Header.parse(decodeProtectedHeader(text));
    const { iss, jti } = decodeJwt(text);
    const isTaken = typeof jti === "string" && jti !== "" && jti.length <= JTI_MAX;
    return {
      algorithm: alg,
      keyId: kid,
      clientId: typeof iss === "string" ? iss : "",
      jti: isTaken ? jti : undefined,
    };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const algorithms = ASSERTION_ALGORITHMS.join(", ");
    throw new OAuthError(refusal, `the assertion is not a JWT signed with one of ${algorithms}, without crit and b64`);
  }
}

/** The iss of a JWT, whoever has signed it; null when it has none. */
export function issuerOf(text: string): string | null {
  try {
    const { iss } = decodeJwt(text);
    return typeof iss === "string" ? iss : null;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return null;
  }
}

// jose throws a TypeError for a string that has no header to decode.
function isUnreadable(error: unknown): boolean {
  return error instanceof z.ZodError || error instanceof errors.JOSEError || error instanceof TypeError;
}
