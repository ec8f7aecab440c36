import { AccessClient, warnBeforeTokenEnd } from "xtremepush-access";
import type { AccessChanges, AccessPage, UseReport } from "xtremepush-access/schemas";

/** What a gateway asks of its backend. */
export interface Feed {
  page(cursor: string | undefined, signal: AbortSignal): Promise<AccessPage>;
  /** Answers at once when there is a change after `after`, else after `wait` seconds. */
  changes(query: { readonly after: string; readonly wait: number }, signal: AbortSignal): Promise<AccessChanges>;
  report(report: UseReport, signal: AbortSignal): Promise<void>;
  /** Another number when it is asked with another token, whose actor may see other projects. */
  generation(): number;
}

/** Clients of a page: the most that the backend answers. */
const PAGE = 1_000;
/** Longer than the backend waits for a change; each call has a limit of its own besides. */
const TIMEOUT_MS = 60_000;

/**
 * The feed of a backend, asked with the token as it is at each call. Nothing is tried again here: the caller does, and knows how
 * old its knowledge is.
 *
 * @param warn hears of the end of the token, once a day in its last week.
 */
export function backendFeed(endpoint: string, token: { readonly text: string }, warn: (warning: string) => void): Feed {
  const onTokenEnd = warnBeforeTokenEnd(endpoint, warn);
  const own = { maxRetries: 0, timeoutMs: TIMEOUT_MS, userAgent: "gateway", onTokenEnd };
  const clientWith = ({ text }: { readonly text: string }, generation: number) => {
    return { text, generation, access: new AccessClient({ endpoint, token: text, ...own }) };
  };
  let used = clientWith(token, 0);
  const now = () => {
    if (used.text !== token.text) used = clientWith(token, used.generation + 1);
    return used;
  };
  const access = () => now().access;
  return {
    page: (cursor, signal) => access().feed.page({ limit: PAGE, ...(cursor !== undefined && { cursor }) }, { signal }),
    changes: (query, signal) => access().feed.changes(query, { signal }),
    report: async (report, signal) => {
      await access().use.report(report, { signal });
    },
    generation: () => now().generation,
  };
}
