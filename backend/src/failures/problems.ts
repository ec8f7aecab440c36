import {
  type ConflictingResource,
  type EnvironmentLock,
  PROBLEMS,
  type Problem,
  type ProblemCode,
} from "xtremepush-access/schemas";

/** What a problem can contain besides its code and detail. */
export interface ProblemExtras {
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly current?: ConflictingResource;
  readonly permissions?: readonly string[];
  readonly lock?: EnvironmentLock;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error answer of the management API; `message` is its detail. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.name = "ProblemError";
    this.code = code;
    this.extras = extras;
  }
}

/** Writes an error as RFC 9457 problem details. */
export function problemBody(problem: ProblemError, requestId: string): Problem {
  const { errors, current, permissions, lock } = problem.extras;
  return {
    type: `urn:xtremepush-access:problem:${problem.code}`,
    title: PROBLEMS[problem.code].title,
    status: PROBLEMS[problem.code].status,
    code: problem.code,
    detail: problem.message,
    requestId,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(current === undefined ? {} : { current }),
    ...(permissions === undefined ? {} : { permissions: [...permissions] }),
    ...(lock === undefined ? {} : { lock }),
  };
}
