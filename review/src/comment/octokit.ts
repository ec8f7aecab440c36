import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { SENTENCE_MAX, visible } from "../outputs/visible";
import { ReviewFailure } from "../review-failure";
import { VERSION } from "../version";

export interface GitHubSettings {
  /** `https://api.github.com`, or the address of an enterprise server. */
  readonly apiUrl: string;
  readonly token: string;
  /** How long a call may take, in seconds. @default 30 */
  readonly timeoutSeconds?: number;
}

export function openOctokit({ apiUrl, token, timeoutSeconds = 30 }: GitHubSettings) {
  const octokit = new (Octokit.plugin(paginateRest))({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: `xtremepush-access-review/${VERSION}`,
    // By default it logs warnings to the log of the job.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  octokit.hook.wrap("request", async (request, options) => {
    const signal = AbortSignal.timeout(timeoutSeconds * 1_000);
    const late = () => new Unusable(`GitHub did not answer within ${timeoutSeconds} seconds; try again later`);
    // Octokit calls its own hook, which adds the token, with this very object.
    Object.assign(options.request, { signal });
    const send = async () => request(options);
    const response = await send().catch((error: unknown) => {
      throw signal.aborted ? late() : error;
    });
    // Octokit takes what it has read until then as text.
    if (signal.aborted) throw late();
    if (typeof response.data === "string" && response.status !== 204) throw new Unusable(NOT_GITHUB);
    return response;
  });
  return octokit;
}

const NOT_GITHUB =
  "the answer is not JSON, so it does not come from GitHub; check GITHUB_API_URL and the proxy of the job";

/** No answer, or one that is not GitHub's; the message says so to people. */
class Unusable extends Error {}

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
  // Octokit gives the status 500 to a call that had no response.
  return Object(error).response === undefined ? 0 : Number(Object(error).status);
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "the token in GITHUB_TOKEN is not valid",
  403: "the token in GITHUB_TOKEN lacks the permission; give the job `permissions: { pull-requests: write }`",
  404: "the pull request does not exist, or the token in GITHUB_TOKEN cannot see it",
};

// Octokit's own errors are not passed on: they hold the request, and with it the token.
function reasonOf(error: unknown): string {
  if (error instanceof Unusable) return error.message;
  const status = statusOf(error);
  if (status === 0) return "GitHub could not be reached; check the network of the job and GITHUB_API_URL";
  return describeLimit(status, headersOf(error)) ?? describeRefusal(status, Object(error).response.data);
}

function describeRefusal(status: number, data: unknown): string {
  if (status >= 500) return `GitHub answered ${status}; try again later`;
  if (typeof data === "string") return NOT_GITHUB;
  const message = String(Object(data).message ?? "");
  // Source: https://docs.github.com/rest/issues/comments, a comment on a locked issue.
  if (status === 403 && /\block/.test(message)) return "the conversation is locked; unlock it, then run this again";
  const advice = ADVICE[status];
  if (advice !== undefined) return advice;
  const why = message === "" ? "" : ` (${visible(message, SENTENCE_MAX)})`;
  return `GitHub refused it with ${status}${why}; trying again does not help`;
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
