import { callGitHub, type GitHubSettings, openOctokit, statusOf } from "./octokit";

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

export interface PullRequest extends Repository {
  readonly number: number;
}

export interface Comment {
  readonly id: number;
  readonly body: string;
  /** The author's login. */
  readonly author: string;
}

/** The calls to GitHub's REST API that a sticky comment needs. */
export interface Comments {
  list(): Promise<Comment[]>;
  create(body: string): Promise<Comment>;
  update(id: number, body: string): Promise<Comment>;
  remove(id: number): Promise<void>;
}

/** Opens the comments of a pull request. @throws ReviewFailure that says what to do. */
export function openComments({ owner, repo, number }: PullRequest, settings: GitHubSettings): Comments {
  const octokit = openOctokit(settings);
  const of = { owner, repo };
  return {
    list: () =>
      callGitHub("cannot read the comments", async () => {
        const query = { ...of, issue_number: number, per_page: 100 };
        const found = await octokit.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", query);
        return found.map(commentOf);
      }),
    create: (body) =>
      callGitHub("cannot write the comment", async () => {
        const answer = await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...of,
          issue_number: number,
          body,
        });
        return commentOf(answer.data);
      }),
    update: (id, body) =>
      callGitHub("cannot write the comment", async () => {
        const answer = await octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
          ...of,
          comment_id: id,
          body,
        });
        return commentOf(answer.data);
      }),
    remove: (id) =>
      callGitHub("cannot delete the comment", async () => {
        // Another run of this command may have deleted it first.
        await octokit
          .request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", { ...of, comment_id: id })
          .catch(ignoreMissing);
      }),
  };
}

export interface PullRequestQuery {
  /** The last commit of the pull request. */
  readonly commit: string;
  /** The branch that it merges into; undefined matches any. */
  readonly base?: string | undefined;
}

/** Finds the open pull requests whose last commit is the given one. */
export async function findPullRequests(
  repository: Repository,
  { commit, base }: PullRequestQuery,
  settings: GitHubSettings,
): Promise<PullRequest[]> {
  // Not /commits/{sha}/pulls, which does not find commits of forks.
  const open = await callGitHub("cannot list the pull requests", () =>
    openOctokit(settings).paginate("GET /repos/{owner}/{repo}/pulls", {
      ...repository,
      state: "open",
      per_page: 100,
      ...(base !== undefined && { base }),
    }),
  );
  return open.filter(({ head }) => head.sha === commit).map(({ number }) => ({ ...repository, number }));
}

/** Whether a pull request is open and the commit is still its last one. */
export async function isHead(
  { owner, repo, number }: PullRequest,
  commit: string,
  settings: GitHubSettings,
): Promise<boolean> {
  const { data } = await callGitHub("cannot read the pull request", () =>
    openOctokit(settings).request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
      owner,
      repo,
      pull_number: number,
    }),
  );
  return data.state === "open" && data.head.sha === commit;
}

function ignoreMissing(error: unknown): void {
  if (statusOf(error) !== 404) throw error;
}

interface GitHubComment {
  readonly id: number | bigint;
  readonly body?: string | null | undefined;
  readonly user: { readonly login: string } | null;
}

function commentOf({ id, body, user }: GitHubComment): Comment {
  return { id: Number(id), body: body ?? "", author: user?.login ?? "" };
}
