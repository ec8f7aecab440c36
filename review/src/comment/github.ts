import { callGitHub, type GitHubSettings, openOctokit, statusOf } from "./octokit";

/** A repository on GitHub. */
export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** The pull request that is commented on. */
export interface PullRequest extends Repository {
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

/** Opens the comments of a pull request; an error says what to do. */
export function openComments({ owner, repo, number }: PullRequest, settings: GitHubSettings): Comments {
  const octokit = openOctokit(settings);
  const of = { owner, repo };
  return {
    list: () =>
      callGitHub("the comment could not be read", async () => {
        const query = { ...of, issue_number: number, per_page: 100 };
        const found = await octokit.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", query);
        return found.map(commentOf);
      }),
    create: (body) =>
      callGitHub("the comment could not be written", async () => {
        const answer = await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...of,
          issue_number: number,
          body,
        });
        return commentOf(answer.data);
      }),
    update: (id, body) =>
      callGitHub("the comment could not be written", async () => {
        const answer = await octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
          ...of,
          comment_id: id,
          body,
        });
        return commentOf(answer.data);
      }),
    remove: (id) =>
      callGitHub("the comment could not be removed", async () => {
        // Another run of this command may have been faster.
        await octokit
          .request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", { ...of, comment_id: id })
          .catch(ignoreMissing);
      }),
  };
}

/** Which open pull requests are meant. */
export interface PullRequestQuery {
  /** The commit that each of them wants to merge. */
  readonly commit: string;
  /** The branch that it wants to merge it into; undefined is any. */
  readonly base?: string | undefined;
}

/** Finds the open pull requests of a commit. */
export async function findPullRequests(
  repository: Repository,
  { commit, base }: PullRequestQuery,
  settings: GitHubSettings,
): Promise<PullRequest[]> {
  // Not /commits/{sha}/pulls, which knows nothing of a commit that is in a fork.
  const open = await callGitHub("the pull requests could not be read", () =>
    openOctokit(settings).paginate("GET /repos/{owner}/{repo}/pulls", {
      ...repository,
      state: "open",
      per_page: 100,
      ...(base !== undefined && { base }),
    }),
  );
  return open.filter(({ head }) => head.sha === commit).map(({ number }) => ({ ...repository, number }));
}

/** Whether a pull request is open and a commit is still the last one that it wants to merge. */
export async function isHead(
  { owner, repo, number }: PullRequest,
  commit: string,
  settings: GitHubSettings,
): Promise<boolean> {
  const { data } = await callGitHub("the pull request could not be read", () =>
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
