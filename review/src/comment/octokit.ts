import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { ReviewFailure } from "../review-failure";
import { VERSION } from "../version";

export interface GitHubSettings {
  /** `https://api.github.com`, or the address of an enterprise server. */
  readonly apiUrl: string;
  readonly token: string;
}

export function openOctokit({ apiUrl, token }: GitHubSettings) {
  return new (Octokit.plugin(paginateRest))({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: `xtremepush-access-review/${VERSION}`,
    // By default it logs warnings to the log of the job.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

function ignore(): void {}

/** Makes a call. @throws ReviewFailure that says what failed and what to do. */
export async function callGitHub<Value>(what: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw new ReviewFailure(`${what}: ${reasonOf(error)}`);
  }
}

/** The status of a response that octokit threw; 0 for any other error. */
export function statusOf(error: unknown): number {
  return typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 0;
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "the token in GITHUB_TOKEN is not valid",
  403: "the token in GITHUB_TOKEN lacks the permission; give the job `permissions: { pull-requests: write }`",
  404: "the pull request does not exist, or the token in GITHUB_TOKEN cannot see it",
};

// Octokit's own errors are not passed on: they hold the request, and with it the token.
function reasonOf(error: unknown): string {
  const status = statusOf(error);
  const limited = describeLimit(status, headersOf(error));
  return (
    limited ??
    ADVICE[status] ??
    (status > 0 ? `GitHub answered ${status}; try again later` : "GitHub could not be reached")
  );
}

/** GitHub also answers 403 when it limits calls. Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function describeLimit(status: number, headers: Headers): string | null {
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
