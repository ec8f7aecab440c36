import type { Form } from "./form";
import { OAuthError } from "./oauth-error";
import type { PresentedAssertion } from "./presented-assertion";

/** The client ID and secret that a request shows, not yet checked. */
export interface PresentedSecret {
  readonly clientId: string;
  readonly secret: string;
}

/** Whether a request shows a client at all, right or wrong. */
export function showsClient(authorization: string | undefined, form: Form): boolean {
  return isBasic(authorization ?? "") || form.has("client_secret") || form.has("client_assertion");
}

export function isBasic(authorization: string): boolean {
  return /^basic(?: |$)/i.test(authorization);
}

/** Takes the secret from the Authorization header or from the body, and never from both (RFC 6749, section 2.3). */
export function readPresentedSecret(authorization: string | undefined, form: Form): PresentedSecret {
  const inBody = { clientId: form.get("client_id"), secret: form.get("client_secret") };
  if (authorization === undefined) return complete(inBody);
  if (inBody.secret !== undefined) {
    throw new OAuthError("invalid_request", "the client authenticates twice: send the secret in the body or in Basic");
  }
  const basic = readBasic(authorization);
  if (inBody.clientId !== undefined && inBody.clientId !== basic.clientId) {
    throw new OAuthError("invalid_request", "the client_id of the body is not the one of the Authorization header");
  }
  return basic;
}

/** Takes the secret that comes beside the assertion of a grant, of the same client (RFC 7521, section 4.1); null without one. */
export function readSecretBeside(
  { clientId }: PresentedAssertion,
  authorization: string | undefined,
  form: Form,
): PresentedSecret | null {
  if (authorization === undefined && !form.has("client_secret")) return null;
  const isNamed = authorization !== undefined || form.has("client_id");
  const secret = readPresentedSecret(authorization, isNamed ? form : new Map([...form, ["client_id", clientId]]));
  if (secret.clientId === clientId) return secret;
  throw new OAuthError("invalid_request", "the secret is of another client than the iss of the assertion");
}

function complete({ clientId, secret }: { clientId: string | undefined; secret: string | undefined }): PresentedSecret {
  if (clientId !== undefined && secret !== undefined) return { clientId, secret };
  throw new OAuthError("invalid_client", "the client must authenticate: send client_id and client_secret, or Basic");
}

function readBasic(authorization: string): PresentedSecret {
  const decoded = decodeBasic(authorization);
  if (decoded !== null) return decoded;
  throw new OAuthError("invalid_client", "the Authorization header is not Basic with a client ID and a secret");
}

/** What an Authorization header of Basic holds; null for any other. */
export function decodeBasic(authorization: string): PresentedSecret | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const decoded = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  const clientId = formDecode(decoded.slice(0, Math.max(0, colon)));
  const secret = formDecode(decoded.slice(colon + 1));
  return colon > 0 && clientId !== null && secret !== null ? { clientId, secret } : null;
}

// RFC 6749, section 2.3.1: both parts are form-urlencoded before they are joined.
function formDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
