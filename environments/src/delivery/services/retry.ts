import { limitOf, type ServiceAnswer, secondsToWait } from "./service-answer";

const RETRIES_MAX = 3;
/** The longest wait that a service may ask for, in seconds; with a longer one the call fails at once. */
const WAIT_MAX_SECONDS = 60;
const BACKOFF_BASE_MS = 500;

const PASSING_STATUS = new Set([408, 500, 502, 503, 504]);
const PASSING_CODE = new Set([
  ...["timeout", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"],
  ...["EHOSTUNREACH", "ENETUNREACH", "ERR_BAD_RESPONSE"],
]);

/** How long to wait before the next attempt, in milliseconds; null when there is none. */
export function retryDelay(
  answer: ServiceAnswer | string,
  { attempt, now }: { readonly attempt: number; readonly now: number },
): number | null {
  if (attempt >= RETRIES_MAX) return null;
  const backoff = BACKOFF_BASE_MS * 2 ** attempt;
  if (typeof answer === "string") return PASSING_CODE.has(answer) ? backoff : null;
  const limit = limitOf(answer, now);
  if (limit === null && !PASSING_STATUS.has(answer.status)) return null;
  const asked = limit ?? secondsToWait(answer, now) ?? 0;
  return asked > WAIT_MAX_SECONDS ? null : Math.max(asked * 1_000, backoff);
}
