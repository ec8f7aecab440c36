import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { ReviewFailure } from "../review-failure";
import { VERSION } from "../version";

/** The pull request that is commented on. */
export interface PullRequest {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** A comment as far as it matters here. */
export interface Comment {
  readonly id: number;
  readonly body: string;
  /** The login of who wrote it. */
  readonly author: string;
}

/** The calls of GitHub's REST API that a sticky comment needs. */
export interface Comments {
  list(): Promise<Comment[]>;
  create(body: string): Promise<Comment>;
  update(id: number, body: string): Promise<Comment>;
  remove(id: number): Promise<void>;
}

export interface GitHubSettings {
  /** `https://api.github.com`, or that of an enterprise server. */
  readonly apiUrl: string;
  readonly token: string;
}

/** Opens the comments of a pull request; an error says what to do. */
export function openComments({ owner, repo, number }: PullRequest, { apiUrl, token }: GitHubSettings): Comments {
  const octokit = new (Octokit.plugin(paginateRest))({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: `xtremepush-access-review/${VERSION}`,
    // It would write what it thinks of each answer to the log of the job.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const of = { owner, repo };
  return {
    list: () =>
      told("read", async () => {
        const query = { ...of, issue_number: number, per_page: 100 };
        const found = await octokit.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", query);
        return found.map(commentOf);
      }),
    create: (body) =>
      told("written", async () => {
        const answer = await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...of,
          issue_number: number,
          body,
        });
        return commentOf(answer.data);
      }),
    update: (id, body) =>
      told("written", async () => {
        const answer = await octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
          ...of,
          comment_id: id,
          body,
        });
        return commentOf(answer.data);
      }),
    remove: (id) =>
      told("removed", async () => {
        // Another run of this command may have been faster.
        await octokit
          .request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", { ...of, comment_id: id })
          .catch(goneIsDone);
      }),
  };
}

function ignore(): void {}

function goneIsDone(error: unknown): void {
  if (statusOf(error) !== 404) throw error;
}

function statusOf(error: unknown): number {
  return typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 0;
}

interface GitHubComment {
  readonly id: number | bigint;
  readonly body?: string | null | undefined;
  readonly user: { readonly login: string } | null;
}

function commentOf({ id, body, user }: GitHubComment): Comment {
  return { id: Number(id), body: body ?? "", author: user?.login ?? "" };
}

async function told<Value>(what: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw new ReviewFailure(`the comment could not be ${what}: ${reasonOf(error)}`);
  }
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "the token in GITHUB_TOKEN is not valid",
  403: "the token in GITHUB_TOKEN may not do it; give the job `permissions: { pull-requests: write }`",
  404: "there is no such pull request, or the token in GITHUB_TOKEN may not see it",
};

// An error of octokit holds the request, and with it the token.
function reasonOf(error: unknown): string {
  const status = statusOf(error);
  return ADVICE[status] ?? (status > 0 ? `GitHub answered ${status}; try again later` : "GitHub could not be reached");
}
