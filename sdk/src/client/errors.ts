import type { EnvironmentLock } from "../schemas/environment";
import type { OAuthErrorCode } from "../schemas/oauth";
import type { ConflictingResource, ProblemCode } from "../schemas/problem";

// One process may load two copies of this package: they share a registered symbol, but not a class.
const BRAND = Symbol.for("xtremepush-access.AccessError");

/** The stable code of an error: from the backend, from this client, from OAuth, or one that a newer backend adds. */
export type AccessErrorCode =
  | ProblemCode
  | OAuthErrorCode
  | "connection_failed"
  | "timeout"
  | "aborted"
  | "unexpected_answer"
  // The intersection keeps the known literals in the editor's completion.
  | (string & {});

/** The part of a network error that is kept; the error itself contains headers and is dropped. */
export interface PlainCause {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

/** A field, by its path such as `permissions.3`, and the rule that it breaks. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** The facts of an error, without its message. */
export interface AccessErrorFacts {
  readonly code: AccessErrorCode;
  readonly detail: string;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly current?: ConflictingResource | undefined;
  readonly lock?: EnvironmentLock | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly answerLost?: boolean | undefined;
  readonly cause?: PlainCause | undefined;
}

type ErrorClass<E extends AccessError> = { readonly prototype: E };

/**
 * The base class of every error that a call rejects with. It never contains a token, a secret, a header or a request
 * body.
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
  /** Stable, so programs can rely on it. */
  readonly code: AccessErrorCode;
  /** The HTTP status; undefined when the backend did not answer. */
  readonly status: number | undefined;
  /** The ID of the request in the backend's log. */
  readonly requestId: string | undefined;
  /** What is wrong and what to do, without the method and the address. */
  readonly detail: string;
  /** One entry for each field that is not valid. */
  readonly errors: readonly FieldError[];
  /** The resource as it is now, for a conflict or a revision that does not match. */
  readonly current: ConflictingResource | undefined;
  /** The run that is changing an environment, for `environment_locked`. */
  readonly lock: EnvironmentLock | undefined;
  readonly method: string | undefined;
  /** The path of the address, without its query. */
  readonly path: string | undefined;
  /** How long the backend asks to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /**
   * Whether an earlier attempt of the same call may have taken effect, because its answer was lost or reported a
   * failure of the backend. Only then can this call itself have caused what the error reports.
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
    this.lock = facts.lock;
    this.method = facts.method;
    this.path = facts.path;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.answerLost = facts.answerLost ?? false;
  }

  /** Checks whether a thrown value is an error of this class, even when another copy of the package threw it. */
  static is<E extends AccessError>(this: ErrorClass<E>, error: unknown): error is E {
    if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class that the caller names
    const { name } = this.prototype;
    return name === "AccessError" || ("name" in error && error.name === name);
  }

  static {
    Object.defineProperty(AccessError.prototype, BRAND, { value: true });
    setName(AccessError, "AccessError");
  }
}

/**
 * The request is not valid. This client refused it before sending (`status` is undefined), or the backend did (400,
 * 405, 413, 415).
 */
export class ValidationError extends AccessError {
  declare readonly name: "ValidationError";
  static {
    setName(ValidationError, "ValidationError");
  }
}

/** The token is missing, wrong, expired or revoked (401). */
export class AuthenticationError extends AccessError {
  declare readonly name: "AuthenticationError";
  static {
    setName(AuthenticationError, "AuthenticationError");
  }
}

/** The actor is not allowed to do this (403). */
export class PermissionDeniedError extends AccessError {
  declare readonly name: "PermissionDeniedError";
  static {
    setName(PermissionDeniedError, "PermissionDeniedError");
  }
}

/**
 * The resource does not exist, or the actor may not see it (404). The code names it: `client_not_found`,
 * `project_not_found`, …
 */
export class NotFoundError extends AccessError {
  declare readonly name: "NotFoundError";
  static {
    setName(NotFoundError, "NotFoundError");
  }
}

/**
 * The request conflicts with what exists (409): `name_taken`, `owner_conflict`, `last_admin`, …; `current` describes
 * it.
 */
export class ConflictError extends AccessError {
  declare readonly name: "ConflictError";
  static {
    setName(ConflictError, "ConflictError");
  }
}

/**
 * The resource has changed since the revision in the request (412); `current` says by whom and when.
 *
 * After a lost answer the client retries the write, so the change may be its own first attempt: when `answerLost` is
 * true, read the resource and compare.
 */
export class RevisionMismatchError extends AccessError {
  declare readonly name: "RevisionMismatchError";
  static {
    setName(RevisionMismatchError, "RevisionMismatchError");
  }
}

/** The write lacks the revision that it starts from (428). */
export class PreconditionRequiredError extends AccessError {
  declare readonly name: "PreconditionRequiredError";
  static {
    setName(PreconditionRequiredError, "PreconditionRequiredError");
  }
}

/** Too many requests (429): the retries did not help, or the backend asks for a longer wait than this client allows. */
export class RateLimitedError extends AccessError {
  declare readonly name: "RateLimitedError";
  static {
    setName(RateLimitedError, "RateLimitedError");
  }
}

/** The backend failed or is not available (5xx, 408), even after the retries where those are safe. */
export class UnavailableError extends AccessError {
  declare readonly name: "UnavailableError";
  static {
    setName(UnavailableError, "UnavailableError");
  }
}

/** There was no connection, or it broke before the answer was complete; `cause.code` is the system's code. */
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

/**
 * The answer does not come from this API: HTML, a redirect, incomplete JSON, or a field that does not match the schema.
 */
export class UnexpectedAnswerError extends AccessError {
  declare readonly name: "UnexpectedAnswerError";
  static {
    setName(UnexpectedAnswerError, "UnexpectedAnswerError");
  }
}

/** An OAuth endpoint refused the request; `code` is from RFC 6749, section 5.2: `invalid_client`, `invalid_scope`, … */
export class OAuthError extends AccessError {
  declare readonly name: "OAuthError";
  static {
    setName(OAuthError, "OAuthError");
  }
}

/** Sets the name on the prototype, so that the stack, which the constructor captures, starts with it. */
function setName(errorClass: { readonly prototype: AccessError }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", { value: name });
}
