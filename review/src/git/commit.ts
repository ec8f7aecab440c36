import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quoted } from "xtremepush-access/text";
import { ReviewFailure } from "../review-failure";

const run = promisify(execFile);
const OUTPUT_MAX = 256 * 1024 * 1024;

/** A commit of the repository that contains a given folder. */
export interface Commit {
  readonly sha: string;
  /** Lists the files in a folder below the given one; empty when it does not exist. */
  files(folder: string): Promise<string[]>;
  /** Whether this path exists below the given folder. */
  has(file: string): Promise<boolean>;
  /** Reads a file below the given folder; null when it does not exist. @throws ReviewFailure for a link. */
  read(file: string): Promise<string | null>;
  /** Which of these paths exist, relative to the root of the repository. */
  among(files: readonly string[]): Promise<string[]>;
  /** Reads a file in the root of the repository; null when it does not exist. @throws ReviewFailure for a link. */
  readFromRoot(file: string): Promise<string | null>;
  /** The id of each regular file of the repository, by its path from the root. */
  tree(): Promise<ReadonlyMap<string, string>>;
  /** Reads a file by its id. */
  blob(id: string): Promise<string>;
  /** The root of the working tree; null for a bare repository. */
  root(): Promise<string | null>;
}

/** The path of a folder from the root of its repository, like `infra/`; empty for the root and outside a repository. */
export async function pathFromRoot(folder: string): Promise<string> {
  try {
    return (await runGit(folder, ["rev-parse", "--show-prefix"])).replace(/\n$/, "");
  } catch (error) {
    // Files can be compared without a repository, and without git.
    if (isExit(error)) return "";
    throw error;
  }
}

/** The root of the working tree that contains a folder; null outside a repository. */
export async function repositoryRoot(folder: string): Promise<string | null> {
  try {
    return (await runGit(folder, ["rev-parse", "--show-toplevel"])).replace(/\n$/, "");
  } catch (error) {
    if (isExit(error)) return null;
    throw error;
  }
}

/** Opens a commit by any name that git resolves. @throws ReviewFailure, with the advice, when the repository does not have it. */
export async function openCommit(folder: string, ref: string, advice = ""): Promise<Commit> {
  const sha = await revParse(folder, "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
  if (sha === null) {
    throw new ReviewFailure(
      `${quoted(ref)} is not a commit in this repository; in a shallow clone, fetch it first with git fetch origin <branch>${advice}`,
    );
  }
  const commit = sha.trim();
  const list = (...args: string[]) => git(folder, ["ls-tree", "-z", ...args]);
  const blob = async (file: string, entry: string) => {
    if (entry === "") return null;
    const id = /^(?:100644|100755) blob ([0-9a-f]+)\t/.exec(entry)?.[1];
    // The target of a link is not in the commit, and an unread file must not look like a missing one.
    if (id === undefined) throw new ReviewFailure(`${file} in ${ref} is not a regular file; commit it as one`);
    return git(folder, ["cat-file", "blob", id]);
  };
  return {
    sha: commit,
    files: async (below) => namesIn(await list("--name-only", commit, "--", `${below}/`)),
    has: async (file) => (await list(commit, "--", file)) !== "",
    read: async (file) => blob(file, await list(commit, "--", file)),
    root: async () => (await revParse(folder, "--show-toplevel"))?.replace(/\n$/, "") ?? null,
    among: async (files) => namesIn(await list("--name-only", "--full-tree", commit, "--", ...files)),
    tree: async () => treeIn(await list("-r", "--full-tree", commit)),
    blob: (id) => git(folder, ["cat-file", "blob", id]),
    readFromRoot: async (file) => blob(file, await list("--full-tree", commit, "--", file)),
  };
}

function namesIn(listed: string): string[] {
  return listed.split("\0").filter((name) => name !== "");
}

function treeIn(listed: string): Map<string, string> {
  const entries = namesIn(listed).map((entry) => /^(?:100644|100755) blob ([0-9a-f]+)\t(.+)$/s.exec(entry));
  return new Map(entries.flatMap((entry) => (entry ? [[entry[2] ?? "", entry[1] ?? ""] as const] : [])));
}

/** Null for exit code 1, with which rev-parse reports that the name does not exist. */
async function revParse(folder: string, ...args: readonly string[]): Promise<string | null> {
  try {
    return await runGit(folder, ["rev-parse", ...args]);
  } catch (error) {
    if (isExit(error) && error.code === 1) return null;
    throw failureOf(folder, error);
  }
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  try {
    return await runGit(folder, args);
  } catch (error) {
    throw failureOf(folder, error);
  }
}

async function runGit(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", ["-C", folder, ...args], { maxBuffer: OUTPUT_MAX, env: environment() });
  return stdout;
}

function failureOf(folder: string, error: unknown): ReviewFailure {
  return new ReviewFailure(`git failed in ${folder}: ${reasonOf(error)}`);
}

/** Messages in English, and no prompt for a password. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
}

interface Exit {
  readonly code: unknown;
  readonly stderr: unknown;
}

function isExit(error: unknown): error is Exit {
  return typeof error === "object" && error !== null && "code" in error && "stderr" in error;
}

function reasonOf(error: unknown): string {
  if (isExit(error) && error.code === "ENOENT") return "git is not installed";
  const message = isExit(error) ? String(error.stderr).trim().split("\n")[0] : "";
  return message?.replace(/^fatal: /, "") || "it gave no reason";
}
