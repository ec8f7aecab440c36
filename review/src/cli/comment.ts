import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { failureBody, writeBody } from "../comment/body";
import { findPullRequests, isHead, openComments, type PullRequest, type Repository } from "../comment/github";
import type { GitHubSettings } from "../comment/octokit";
import { stick } from "../comment/sticky";
import { pathFromRoot } from "../git/commit";
import type { Effect } from "../model/access-diff";
import type { Decision } from "../model/decision";
import { Review } from "../model/review";
import { ReviewFailure } from "../review-failure";
import { print } from "./print";

interface CommentOptions {
  readonly repo: string;
  readonly pullRequest?: string;
  readonly commit?: string;
  readonly base?: string;
  readonly program: string;
  readonly set?: string;
  readonly author: string;
  readonly onlyWhen?: "broadens";
  readonly report?: string;
  readonly sources?: string;
  readonly couldNotCompare?: boolean;
  readonly dryRun?: true;
}

/** `comment REVIEW.json`: one comment on a pull request, edited in place. */
export function commentCommand(): Command {
  return new Command("comment")
    .description("Posts a review on a pull request as one comment, and edits that comment after each change.")
    .argument("[review]", "the output of `diff --format json`")
    .option("--could-not-compare", "instead of a review, say that the comparison failed; replaces an older review")
    .requiredOption("--repo <owner/name>", "the repository on GitHub")
    .option("--pull-request <number>", "the number of the pull request")
    .option("--commit <sha>", "instead of a number, each open pull request whose last commit this is")
    .option("--base <branch>", "with --commit, only pull requests into this branch")
    .option("--program <dir>", "with --could-not-compare, the folder of the program that could not be compared", ".")
    .option(
      "--set <name>",
      "name of the set of stacks under review; each set has its own comment (default: the program)",
    )
    .option(
      "--author <login>",
      "the login that posts the comments; only its comments are edited",
      "github-actions[bot]",
    )
    .addOption(
      new Option(
        "--only-when <effect>",
        "comment only on a change that gives access, may give it, or needs approval",
      ).choices(["broadens"]),
    )
    .option("--report <address>", "URL of the full report; a shortened comment links to it")
    .option(
      "--sources <address>",
      "URL of the program's folder, as in https://github.com/acme/access/blob/<sha>; source lines link to it",
    )
    .option("--dry-run", "print the comment instead of posting it")
    .addHelpText("after", "\nReads the token from GITHUB_TOKEN and the URL of the API from GITHUB_API_URL.")
    .action(async (file: string | undefined, options: CommentOptions) => {
      const comment = await composeComment(file, options);
      if (options.dryRun) return print(comment.body);
      const { author, repo, onlyWhen, commit } = options;
      for (const pullRequest of await choosePullRequests(options, readSettings())) {
        const comments = openComments(pullRequest, readSettings());
        const change = await stick(comments, comment, {
          set: comment.set,
          author,
          onlyWhenBroadens: onlyWhen === "broadens",
          ...(commit !== undefined && { isCurrent: () => isHead(pullRequest, commit, readSettings()) }),
        });
        await print(`comment ${change} on ${repo}#${pullRequest.number}\n`);
      }
    });
}

interface Composed {
  readonly set: string;
  readonly verdict: Effect;
  readonly outcome: Decision["outcome"];
  readonly body: string;
}

async function composeComment(file: string | undefined, options: CommentOptions): Promise<Composed> {
  const { report, sources, couldNotCompare = false } = options;
  if ((file === undefined) !== couldNotCompare) {
    throw new ReviewFailure("comment takes either a review or --could-not-compare");
  }
  const reportAddress = report === undefined ? {} : { reportAddress: report };
  if (file === undefined) {
    const program = await pathFromRoot(options.program);
    const set = setOf(program, options);
    return { set, verdict: "unknown", outcome: "approval", body: failureBody(set, { program, ...reportAddress }) };
  }
  const review = await readReview(file);
  const set = setOf(review.program, options);
  const sourceAddress = sources === undefined ? {} : { sourceAddress: addressIn(sources) };
  const body = writeBody(review, set, { ...reportAddress, ...sourceAddress });
  return { set, verdict: review.diff.verdict, outcome: review.decision.outcome, body };
}

/** Two programs of one repository each have their own comment. */
function setOf(program: string, { set }: CommentOptions): string {
  return set ?? (program === "" ? "all" : program);
}

/** A review may come from a job that strangers control, so it is parsed strictly and everything in it is escaped. */
async function readReview(file: string): Promise<Review> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new ReviewFailure(`${file} cannot be read; check that it exists`);
  });
  try {
    const read = Review.safeParse(JSON.parse(text));
    if (read.success) return read.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ReviewFailure(`${file} is not a review that this version of \`diff --format json\` wrote; run diff again`);
}

async function choosePullRequests(options: CommentOptions, github: GitHubSettings): Promise<PullRequest[]> {
  const { pullRequest, commit, base } = options;
  const repository = repositoryOf(options);
  if ((pullRequest === undefined) === (commit === undefined)) {
    throw new ReviewFailure("pass either --pull-request or --commit");
  }
  if (commit === undefined) return [{ ...repository, number: numberOf(pullRequest) }];
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) throw new ReviewFailure("--commit takes a full commit id");
  const found = await findPullRequests(repository, { commit, base }, github);
  // It was closed or got a newer commit, on which a later run comments.
  if (found.length === 0) await print(`no open pull request of ${options.repo} has ${commit} as its last commit\n`);
  return found;
}

function repositoryOf({ repo }: CommentOptions): Repository {
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(repo) ?? [];
  if (owner === undefined || name === undefined) throw new ReviewFailure("--repo takes owner/name");
  return { owner, repo: name };
}

function numberOf(text: string | undefined): number {
  if (!/^[1-9]\d{0,9}$/.test(text ?? "")) throw new ReviewFailure("--pull-request takes the number of a pull request");
  return Number(text);
}

function readSettings(): GitHubSettings {
  const token = process.env["GITHUB_TOKEN"];
  if (!token) throw new ReviewFailure("GITHUB_TOKEN is not set; set it to the token of the job");
  return { token, apiUrl: process.env["GITHUB_API_URL"] || "https://api.github.com" };
}

function addressIn(folder: string): (file: string, line: number) => string {
  return (file, line) => `${folder.replace(/\/+$/, "")}/${file.split("/").map(encodeName).join("/")}#L${line}`;
}

/** Also encodes what encodeURIComponent leaves and what would end a link in markdown. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
