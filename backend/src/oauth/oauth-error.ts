import type { OAuthErrorCode } from "xtremepush-access/schemas";
import { errorDescription } from "../http/error-description";

/** The status of each error. */
export const OAUTH_STATUS = {
  /** A parameter is missing, is there twice or contradicts another, or the body is not a form. Change the request. */
  invalid_request: 400,
  /** The client is unknown, its secret or assertion is wrong, or it does not say who it is. */
  invalid_client: 401,
  /** The assertion is refused: it has ended, was used before, or no key of the client has signed it. Sign another. */
  invalid_grant: 400,
  /** The client may not use this grant type. */
  unauthorized_client: 400,
  /** The endpoint takes `client_credentials` and JWT assertions. */
  unsupported_grant_type: 400,
  /** The client has no grant, or `scope` asks for a permission that is not in it. */
  invalid_scope: 400,
  /** `resource` names another API than the one that tokens are for, or several. */
  invalid_target: 400,
  /** Too many requests (429), or the database does not answer or its disk is full (503). Wait as long as `Retry-After` says. */
  temporarily_unavailable: 503,
  /** The backend failed; its log has the request. */
  server_error: 500,
} as const satisfies Record<OAuthErrorCode, number>;

/** An error of the OAuth endpoints, answered as RFC 6749, section 5.2, says. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly code: OAuthErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: OAuthErrorCode, description: string, options: OAuthErrorOptions = {}) {
    super(description, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? OAUTH_STATUS[code];
    // RFC 9110, section 15.5.2: every 401 names a way to authenticate.
    this.headers = this.status === 401 ? { "www-authenticate": CHALLENGE, ...options.headers } : { ...options.headers };
  }
}

/** The refusal of a caller that has not proved to be the client. Every such answer is equal; the reason is for the log only. */
export class WrongProof extends OAuthError {
  readonly reason: string;

  constructor(code: OAuthErrorCode, description: string, reason: string) {
    super(code, description);
    this.reason = reason;
  }
}

/** The reason of every refusal of a client ID that does not exist. */
export const UNKNOWN_CLIENT = "no client has this ID, or the client was deleted";

export interface OAuthErrorOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

export function oauthErrorBody(error: OAuthError): { error: OAuthErrorCode; error_description: string } {
  return { error: error.code, error_description: errorDescription(error.message) };
}

const CHALLENGE = 'Basic realm="xtremepush-access", charset="UTF-8"';
