import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { ReviewFailure } from "../review-failure";
import { VERSION } from "../version";

export interface GitHubSettings {
  /** `https://api.github.com`, or that of an enterprise server. */
  readonly apiUrl: string;
  readonly token: string;
}

/** Opens GitHub's REST API. */
export function openOctokit({ apiUrl, token }: GitHubSettings) {
  return new (Octokit.plugin(paginateRest))({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: `xtremepush-access-review/${VERSION}`,
    // It would write what it thinks of each answer to the log of the job.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

function ignore(): void {}

/** Makes a call; an error says what could not be done, and what to do. */
export async function callGitHub<Value>(what: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw new ReviewFailure(`${what}: ${reasonOf(error)}`);
  }
}

/** The status of an answer that octokit has thrown; 0 for any other error. */
export function statusOf(error: unknown): number {
  return typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 0;
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "the token in GITHUB_TOKEN is not valid",
  403: "the token in GITHUB_TOKEN may not do it; give the job `permissions: { pull-requests: write }`",
  404: "there is no such pull request, or the token in GITHUB_TOKEN may not see it",
};

// An error of octokit holds the request, and with it the token.
function reasonOf(error: unknown): string {
  const status = statusOf(error);
  const limited = limitIn(status, headersOf(error));
  return (
    limited ??
    ADVICE[status] ??
    (status > 0 ? `GitHub answered ${status}; try again later` : "GitHub could not be reached")
  );
}

/** GitHub says 403, too, when too many calls were made. Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function limitIn(status: number, headers: Headers): string | null {
  const seconds = Number(headers["retry-after"]);
  const isLimited = status === 429 || (status === 403 && (seconds > 0 || headers["x-ratelimit-remaining"] === "0"));
  if (!isLimited) return null;
  return `the token in GITHUB_TOKEN has made too many calls; try again ${seconds > 0 ? `in ${seconds} seconds` : "later"}`;
}

type Headers = Readonly<Record<string, unknown>>;

function headersOf(error: unknown): Headers {
  const response = Object(Object(error).response);
  return Object(response.headers);
}
