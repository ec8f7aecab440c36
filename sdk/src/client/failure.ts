import type { z } from "zod";
import { OAuthProblem } from "../schemas/oauth";
import { Problem } from "../schemas/problem";
import { visible, word } from "../text";
import {
  AccessError,
  type AccessErrorFacts,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  NotFoundError,
  OAuthError,
  PermissionDeniedError,
  PreconditionRequiredError,
  RateLimitedError,
  RevisionMismatchError,
  TimeoutError,
  UnavailableError,
  UnexpectedAnswerError,
  ValidationError,
} from "./errors";
import { RETRY_AFTER_MAX_SECONDS, retryAfterSeconds } from "./retry";
import type { Answer, NoAnswer } from "./transport";

/** The call that a message is about. */
export interface Subject {
  readonly method: string;
  readonly path: string;
  /** The full address, without its query. */
  readonly address: string;
  readonly attempts: number;
  /** Whether an attempt before this one may have taken effect. */
  readonly answerLost: boolean;
  readonly timeoutMs: number;
  readonly ifMatch: number | undefined;
}

/** Maximum length of a part of a message that comes from an answer, in code points. */
const DETAIL_MAX = 1_000;

const CLASSES: Readonly<Record<number, typeof AccessError>> = {
  400: ValidationError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  405: ValidationError,
  408: UnavailableError,
  409: ConflictError,
  412: RevisionMismatchError,
  413: ValidationError,
  415: ValidationError,
  428: PreconditionRequiredError,
  429: RateLimitedError,
};

/** The error for a call without a complete answer. */
export function missingAnswer(subject: Subject, { cause, timedOut, tooLong }: NoAnswer): AccessError {
  const facts = { ...callFacts(subject), cause };
  if (timedOut) {
    const detail = `no answer within ${subject.timeoutMs} ms from ${subject.address}`;
    return new TimeoutError(composeMessage(subject, detail), { ...facts, code: "timeout", detail });
  }
  if (tooLong) return unexpectedAnswer(subject, undefined, "the answer is too long");
  const detail = `no complete answer from ${subject.address} (${sanitize(cause.message || cause.code || cause.name)})`;
  return new ConnectionError(composeMessage(subject, detail), { ...facts, code: "connection_failed", detail });
}

/** The error for an answer that does not come from this API. */
export function unexpectedAnswer(subject: Subject, status: number | undefined, what: string): AccessError {
  const detail = `unexpected answer from ${subject.address}: ${what}`;
  const facts = { ...callFacts(subject), code: "unexpected_answer", status, detail };
  return new UnexpectedAnswerError(composeMessage(subject, detail), facts);
}

/** The error for an answer with a failure status. */
export function failedAnswer(subject: Subject, answer: Answer, now: number): AccessError {
  const { status } = answer;
  const body = parseJson(answer.text);
  const retry = retryAfterSeconds(answer.retryAfter, now);
  const requestId = answer.requestId && sanitize(answer.requestId);
  const facts = { ...callFacts(subject), status, retryAfterSeconds: retry, requestId };
  const problem = Problem.safeParse(body);
  if (problem.success) return fromProblem(subject, problem.data, facts);
  const oauth = OAuthProblem.safeParse(body);
  if (oauth.success) {
    const code = sanitize(oauth.data.error);
    const detail = sanitize(oauth.data.error_description ?? code);
    const said = `${status} ${code}${describeOrigin(subject, status)}, ${detail}`;
    return new OAuthError(composeMessage(subject, said), { ...facts, code, detail });
  }
  return fromStatus(subject, answer, facts);
}

function callFacts({ method, path, answerLost }: Subject) {
  return { method, path, answerLost };
}

type AnswerFacts = Omit<AccessErrorFacts, "code" | "detail"> & { readonly status: number };

function fromProblem(subject: Subject, problem: Problem, facts: AnswerFacts): AccessError {
  const { code, requestId, errors = [], current, lock } = problem;
  const detail = [
    describeChange(subject, problem, facts.status) ?? sanitize(problem.detail),
    describeWait(facts.retryAfterSeconds),
  ];
  const said = detail.filter((part) => part !== undefined).join("; ");
  const fields = errors.map(({ field, message }) => ({ field: sanitize(field), message: sanitize(message) }));
  const ErrorClass = classOf(facts.status);
  return new ErrorClass(composeMessage(subject, `${facts.status}${describeOrigin(subject, facts.status)}, ${said}`), {
    ...facts,
    code,
    detail: said,
    requestId: sanitize(requestId),
    errors: fields,
    current,
    lock,
  });
}

/** The error for an answer without problem details, such as a proxy's: only a few statuses are clear on their own. */
function fromStatus(subject: Subject, answer: Answer, facts: AnswerFacts): AccessError {
  const { status } = facts;
  if (status >= 300 && status < 400) {
    return unexpectedAnswer(
      subject,
      status,
      `${status} is a redirect, which is not followed; set the endpoint to its target`,
    );
  }
  if (!isPassing(status)) {
    return unexpectedAnswer(
      subject,
      status,
      `${status} with ${sanitize(answer.contentType)} instead of problem details; check the endpoint`,
    );
  }
  const code = status === 429 ? "rate_limited" : status === 500 ? "internal" : "unavailable";
  const waiting = describeWait(facts.retryAfterSeconds);
  const detail = [`no problem details from ${subject.address}`, waiting]
    .filter((part) => part !== undefined)
    .join("; ");
  const ErrorClass = classOf(status);
  return new ErrorClass(composeMessage(subject, `${status}, ${detail}`), { ...facts, code, detail });
}

/** Names the address when the failure is about the backend, or a proxy in front of it, and not about the request. */
function describeOrigin({ address }: Subject, status: number): string {
  return isPassing(status) ? ` from ${address}` : "";
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export function classOf(status: number): typeof AccessError {
  return CLASSES[status] ?? (status >= 500 ? UnavailableError : AccessError);
}

function describeChange({ ifMatch }: Subject, { current, detail }: Problem, status: number): string | undefined {
  if (status !== 412 || ifMatch === undefined || current?.updatedBy == null) return undefined;
  const { updatedBy, updatedTime, revision } = current;
  const when = updatedTime === null ? "" : ` at ${updatedTime}`;
  return sanitize(`changed by ${word(updatedBy)}${when} since revision ${ifMatch} (now ${revision}); ${detail}`);
}

function describeWait(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const longer =
    seconds > RETRY_AFTER_MAX_SECONDS ? `, longer than the ${RETRY_AFTER_MAX_SECONDS} s that a call waits` : "";
  return `the backend asks to wait ${seconds} s${longer}`;
}

function composeMessage({ method, path, attempts }: Subject, detail: string): string {
  return `${method} ${path} failed${attempts > 1 ? ` after ${attempts} attempts` : ""}: ${detail}`;
}

/** Names the fields that do not match, without their values. */
export function describeMismatch(error: z.ZodError): string {
  const shown = error.issues.slice(0, 3).map(({ path, message }) => `${path.join(".") || "the body"}: ${message}`);
  return sanitize(`it does not match the API that this version of the package knows (${shown.join("; ")})`);
}

/** Undefined when the text is not JSON: JSON itself has no undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Untrusted strings reach terminals, and may be long. */
function sanitize(text: string): string {
  return visible(text, DETAIL_MAX);
}
