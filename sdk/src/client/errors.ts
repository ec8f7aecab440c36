import type { OAuthErrorCode } from "../schemas/oauth";
import type { ConflictingResource, ProblemCode } from "../schemas/problem";

// Two copies of this package may meet in one process: a registered symbol is the same in both, a class is not.
const BRAND = Symbol.for("xtremepush-access.AccessError");

/** The stable codes of an error: the backend's own, those of the client, those of OAuth, and what a newer backend adds. */
export type AccessErrorCode =
  | ProblemCode
  | OAuthErrorCode
  | "connection_failed"
  | "timeout"
  | "aborted"
  | "unexpected_answer"
  // The intersection keeps the known literals in the editor's completion.
  | (string & {});

/** What is kept of an error of the network layer; the error itself holds headers and is dropped. */
export interface PlainCause {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

/** A field by its path, as in `permissions.3`, and the rule that it breaks. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** The facts of an error, without its sentence. */
export interface AccessErrorFacts {
  readonly code: AccessErrorCode;
  readonly detail: string;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly current?: ConflictingResource | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly answerLost?: boolean | undefined;
  readonly cause?: PlainCause | undefined;
}

type ErrorClass<E extends AccessError> = { readonly prototype: E };

/**
 * The base of every error that a call rejects with. Never holds a token, a secret, a header or a request body.
 *
 * @example
 * ```ts
 * try {
 *   await access.clients.get("retail", clientId);
 * } catch (error) {
 *   if (!AccessError.is(error) || error.code !== "client_not_found") throw error;
 * }
 * ```
 */
export class AccessError extends Error {
  declare readonly name: string;
  /** Stable, for programs; always a string. */
  readonly code: AccessErrorCode;
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The backend's id of the request, to find it in its log. */
  readonly requestId: string | undefined;
  /** What is wrong and what to do, without the method and the address. */
  readonly detail: string;
  /** By field, for a request that is not valid. */
  readonly errors: readonly FieldError[];
  /** What is there now, for a conflict or a revision that does not match. */
  readonly current: ConflictingResource | undefined;
  readonly method: string | undefined;
  /** The path of the address, without its query. */
  readonly path: string | undefined;
  /** How long the backend asks to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /**
   * Whether an earlier attempt of the same call may have taken effect, because its answer did not come or was a failure
   * of the backend: only then can the reported change be this call's own.
   */
  readonly answerLost: boolean;
  declare readonly cause: PlainCause | undefined;

  constructor(message: string, facts: AccessErrorFacts) {
    super(message, facts.cause && { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.detail = facts.detail;
    this.errors = facts.errors ?? [];
    this.current = facts.current;
    this.method = facts.method;
    this.path = facts.path;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.answerLost = facts.answerLost ?? false;
  }

  /** Says whether something thrown is an error of this class, also when another copy of the package threw it. */
  static is<E extends AccessError>(this: ErrorClass<E>, error: unknown): error is E {
    if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class that was asked
    const { name } = this.prototype;
    return name === "AccessError" || ("name" in error && error.name === name);
  }

  static {
    Object.defineProperty(AccessError.prototype, BRAND, { value: true });
    setName(AccessError, "AccessError");
  }
}

/** The request is not valid: refused here before it is sent (`status` undefined) or by the backend (400, 405, 413, 415). */
export class ValidationError extends AccessError {
  declare readonly name: "ValidationError";
  static {
    setName(ValidationError, "ValidationError");
  }
}

/** The token is missing, wrong or ended (401). */
export class AuthenticationError extends AccessError {
  declare readonly name: "AuthenticationError";
  static {
    setName(AuthenticationError, "AuthenticationError");
  }
}

/** The actor may not do this (403). */
export class PermissionDeniedError extends AccessError {
  declare readonly name: "PermissionDeniedError";
  static {
    setName(PermissionDeniedError, "PermissionDeniedError");
  }
}

/** Not there, or hidden from the actor (404); only the code says which thing: `client_not_found`, `project_not_found`, … */
export class NotFoundError extends AccessError {
  declare readonly name: "NotFoundError";
  static {
    setName(NotFoundError, "NotFoundError");
  }
}

/** Something else is in the way (409): `name_taken`, `owner_conflict`, `last_admin`; `current` names it. */
export class ConflictError extends AccessError {
  declare readonly name: "ConflictError";
  static {
    setName(ConflictError, "ConflictError");
  }
}

/**
 * It was changed since the revision that was sent (412); `current` says by whom and when.
 *
 * After a lost answer the write is repeated, and then this error may be about our own first attempt: where `answerLost`
 * says so, read and compare.
 */
export class RevisionMismatchError extends AccessError {
  declare readonly name: "RevisionMismatchError";
  static {
    setName(RevisionMismatchError, "RevisionMismatchError");
  }
}

/** The write needs the revision it was made from (428). */
export class PreconditionRequiredError extends AccessError {
  declare readonly name: "PreconditionRequiredError";
  static {
    setName(PreconditionRequiredError, "PreconditionRequiredError");
  }
}

/** Too many requests (429), also after the retries, or the backend asks to wait longer than this client does. */
export class RateLimitedError extends AccessError {
  declare readonly name: "RateLimitedError";
  static {
    setName(RateLimitedError, "RateLimitedError");
  }
}

/** The backend failed or is not available (5xx, 408), also after the retries where those are safe. */
export class UnavailableError extends AccessError {
  declare readonly name: "UnavailableError";
  static {
    setName(UnavailableError, "UnavailableError");
  }
}

/** There was no connection, or it broke before the whole answer had come; `cause.code` is the system's code. */
export class ConnectionError extends AccessError {
  declare readonly name: "ConnectionError";
  static {
    setName(ConnectionError, "ConnectionError");
  }
}

/** An attempt took longer than `timeoutMs`. */
export class TimeoutError extends AccessError {
  declare readonly name: "TimeoutError";
  static {
    setName(TimeoutError, "TimeoutError");
  }
}

/** The caller's signal ended the call. */
export class AbortedError extends AccessError {
  declare readonly name: "AbortedError";
  static {
    setName(AbortedError, "AbortedError");
  }
}

/** The answer is not one of this API: HTML, a redirect, half a JSON text, or a field that does not fit. */
export class UnexpectedAnswerError extends AccessError {
  declare readonly name: "UnexpectedAnswerError";
  static {
    setName(UnexpectedAnswerError, "UnexpectedAnswerError");
  }
}

/** The OAuth endpoints refused; `code` is that of RFC 6749, section 5.2: `invalid_client`, `invalid_scope`, … */
export class OAuthError extends AccessError {
  declare readonly name: "OAuthError";
  static {
    setName(OAuthError, "OAuthError");
  }
}

/** On the prototype, so that the stack, which is taken while an error is made, begins with it. */
function setName(errorClass: { readonly prototype: AccessError }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", { value: name });
}
