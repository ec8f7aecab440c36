import type { Clock } from "./clock";
import { type AccessError, ConnectionError, TimeoutError } from "./errors";

/** The longest wait that a backend may ask for, in seconds; a longer one is an error at once. */
export const RETRY_AFTER_MAX_SECONDS = 60;

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 10_000;

// The connection was never made, so nothing can have been done.
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

// ERR_BAD_RESPONSE is axios's code for an answer cut off in the middle; Z_… are zlib's for a compressed one.
const PASSING = new Set([
  ...NOT_SENT,
  ...["ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENETDOWN"],
  ...["ERR_BAD_RESPONSE", "Z_BUF_ERROR", "Z_DATA_ERROR"],
]);
const PASSING_STATUS = new Set([408, 500, 502, 503, 504]);

/** What decides about another attempt. */
export interface Attempt {
  /** 0 for the first. */
  readonly number: number;
  readonly maxRetries: number;
  /** Whether the request may take effect twice. */
  readonly repeatable: boolean;
  /** Whether the answer was garbled on its way: half a JSON text, or a page of a proxy. */
  readonly garbled: boolean;
}

/** Tells how long to wait before the next attempt, in milliseconds; undefined when there is none. */
export function retryDelay(error: AccessError, attempt: Attempt, clock: Clock): number | undefined {
  if (attempt.number >= attempt.maxRetries || !mayPass(error, attempt)) return undefined;
  const asked = error.retryAfterSeconds;
  if (asked === undefined) return backoff(attempt.number, clock);
  if (asked > RETRY_AFTER_MAX_SECONDS) return undefined;
  // A rate limit knows when it ends; a failing backend only guesses, and must not be called again and again at once.
  const least = error.status === 429 ? 0 : backoff(attempt.number, clock);
  return Math.max(asked * 1_000, least);
}

/**
 * Reads a Retry-After header, whole seconds or a date, as seconds from now; undefined when it is neither.
 *
 * Source: RFC 9110, section 10.2.3; of its dates the form that servers must send, and not the two obsolete ones.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  // Date reads nearly everything, "-5" too; what it writes is the form of RFC 9110.
  if (Number.isNaN(date) || new Date(date).toUTCString() !== text) return undefined;
  return Math.max(0, Math.ceil((date - now) / 1_000));
}

/** Says of a failed attempt that it has certainly done nothing. */
export function hasDoneNothing(error: AccessError): boolean {
  // A rate limit refuses before anything is done.
  return error.status === 429 || NOT_SENT.has(systemCode(error));
}

function mayPass(error: AccessError, { repeatable, garbled }: Attempt): boolean {
  if (hasDoneNothing(error)) return true;
  if (!repeatable) return false;
  return garbled || TimeoutError.is(error) || PASSING.has(systemCode(error)) || PASSING_STATUS.has(error.status ?? 0);
}

function systemCode(error: AccessError): string {
  return ConnectionError.is(error) ? (error.cause?.code ?? "") : "";
}

/** Exponential with full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
function backoff(number: number, clock: Clock): number {
  return clock.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** number);
}
