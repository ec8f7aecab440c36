import type { Settings } from "../process/settings";
import { startWatchdog } from "../process/watchdog";
import type { WatchdogLimits } from "../process/watchdog-thread";

/** What tests shorten. */
export interface Times {
  /** How long running requests may take at a stop. @default the backend's own grace period */
  readonly graceMs?: number;
  /** @default the watchdog's own */
  readonly watchdog?: WatchdogLimits;
}

/**
 * Starts the watchdog before an embedded database opens, which can keep the event loop from turning as its requests can;
 * answers what to call when it is open. Nothing else that runs here can keep the loop, so a server's needs none.
 */
export function watchOpening(
  { databaseUrl }: Settings,
  report: (line: string) => void,
  limits?: WatchdogLimits,
): () => void {
  if (databaseUrl !== null) return () => undefined;
  const watchdog = startWatchdog(limits, (error) =>
    report(`no watchdog ends this process if its event loop stops turning (${String(error)})`),
  );
  return watchdog.opened;
}
