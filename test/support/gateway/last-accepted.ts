import { setTimeout as wait } from "node:timers/promises";

/** How a call ended: accepted, refused, or without an answer. */
export type CallOutcome = "accepted" | "refused" | "unanswered";

/** What a caller that does not stop saw of what was taken away. */
export interface Seen {
  /** When the last accepted call was answered, by `performance.now()`. */
  readonly lastAccepted: number;
  /** When the first refused call was answered. */
  readonly firstRefused: number;
  /** Calls that were accepted after one was refused. */
  readonly cameBack: number;
}

const PAUSE_MS = 3;
/** As many calls are sent after the first that is refused. */
const REFUSED = 10;
const PATIENCE_MS = 30_000;

/** Calls again and again until it was refused several times. */
export async function watch(call: () => Promise<CallOutcome>): Promise<Seen> {
  const end = performance.now() + PATIENCE_MS;
  let [lastAccepted, firstRefused, refused, cameBack] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  while (refused < REFUSED) {
    const outcome = await call();
    const now = performance.now();
    if (now > end) throw new Error("what was taken away still works after half a minute");
    if (outcome === "accepted") {
      lastAccepted = now;
      if (refused > 0) cameBack += 1;
    } else if (outcome === "refused") {
      firstRefused = Math.min(firstRefused, now);
      refused += 1;
    }
    await wait(PAUSE_MS);
  }
  return { lastAccepted, firstRefused, cameBack };
}
