/** How many requests a caller may send in a window of ten seconds; a refused caller waits no longer than that. */
export interface Limits {
  /** Requests of one actor in a window. */
  readonly actorRequests: number;
  /** Requests from one address in a window. */
  readonly addressRequests: number;
  /** Token requests of one client in a window, and as many wrong secrets or assertions. */
  readonly clientTokens: number;
  /** Token requests from one address in a window, and as many wrong secrets or assertions. */
  readonly addressTokens: number;
  /** How many refusals of one actor are recorded in a window; the rest are only answered. */
  readonly recordedRefusals: number;
}

/** Generous enough for a program of thousands of resources. */
export const DEFAULT_LIMITS: Limits = {
  actorRequests: 5_000,
  addressRequests: 10_000,
  clientTokens: 100,
  addressTokens: 500,
  recordedRefusals: 10,
};

export const LIMIT_WINDOW_MS = 10_000;

/** Checks whether an address is for load balancers: anybody may ask any number of times, and the log does not repeat it. */
export function isHealthCheck(url: string): boolean {
  return url === "/healthz" || url === "/readyz";
}
