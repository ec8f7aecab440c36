import type { Clock } from "./clock";
import { type AccessError, ConnectionError, TimeoutError } from "./errors";

/** The longest wait that a backend may ask for, in seconds; with a longer one the call fails at once. */
export const RETRY_AFTER_MAX_SECONDS = 60;

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 10_000;

// Codes of connections that were never made, so the request cannot have taken effect.
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

// ERR_BAD_RESPONSE is axios's code for a truncated answer; Z_… are zlib's codes for a truncated compressed one.
const PASSING = new Set([
  ...NOT_SENT,
  ...["ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENETDOWN"],
  ...["ERR_BAD_RESPONSE", "Z_BUF_ERROR", "Z_DATA_ERROR"],
]);
const PASSING_STATUS = new Set([408, 500, 502, 503, 504]);

/** The facts that decide whether to retry. */
export interface Attempt {
  /** 0 for the first. */
  readonly number: number;
  readonly maxRetries: number;
  /** Whether it does no harm when the request takes effect twice. */
  readonly repeatable: boolean;
  /** Whether the answer was damaged on its way: incomplete JSON, or a proxy's page. */
  readonly garbled: boolean;
}

/** Returns how long to wait before the next attempt, in milliseconds; undefined when there is none. */
export function retryDelay(error: AccessError, attempt: Attempt, clock: Clock): number | undefined {
  if (attempt.number >= attempt.maxRetries || !mayPass(error, attempt)) return undefined;
  const asked = error.retryAfterSeconds;
  if (asked === undefined) return computeBackoff(attempt.number, clock);
  if (asked > RETRY_AFTER_MAX_SECONDS) return undefined;
  // A rate limit knows when it ends; a failing backend only guesses, so its answer must not shorten the backoff.
  const least = error.status === 429 ? 0 : computeBackoff(attempt.number, clock);
  return Math.max(asked * 1_000, least);
}

/**
 * Reads a Retry-After header, in whole seconds or as a date, as seconds from now; undefined when it is neither.
 *
 * Source: RFC 9110, section 10.2.3. It accepts the date format that servers must send, not the two obsolete ones.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  // Date.parse accepts almost anything, even "-5"; toUTCString writes the format of RFC 9110.
  if (Number.isNaN(date) || new Date(date).toUTCString() !== text) return undefined;
  return Math.max(0, Math.ceil((date - now) / 1_000));
}

/** Whether a failed attempt certainly had no effect. */
export function hasDoneNothing(error: AccessError): boolean {
  // A rate limit refuses a request before it takes effect.
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
function computeBackoff(number: number, clock: Clock): number {
  return clock.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** number);
}
