import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quoted } from "xtremepush-access/text";
import { ReviewFailure } from "../review-failure";

const run = promisify(execFile);
const OUTPUT_MAX = 256 * 1024 * 1024;

/** One commit of the repository that a folder is in. */
export interface Commit {
  readonly sha: string;
  /** The names of the files in a folder below the one that was given; none when the folder is not there. */
  files(folder: string): Promise<string[]>;
  /** Whether there is something of that name below the folder that was given. */
  has(file: string): Promise<boolean>;
  /** The text of a file below the folder that was given; null when it is not there. @throws ReviewFailure for a link. */
  read(file: string): Promise<string | null>;
  /** Which of these paths, from the root of the repository, there are. */
  among(files: readonly string[]): Promise<string[]>;
  /** The text of a file in the root of the repository; null when it is not there. @throws ReviewFailure for a link. */
  readFromRoot(file: string): Promise<string | null>;
  /** The root of the repository in the working tree; null when it has none. */
  root(): Promise<string | null>;
}

/** The path of a folder from the root of its repository, `infra/`; empty for the root, and outside of a repository. */
export async function pathFromRoot(folder: string): Promise<string> {
  try {
    return (await outputOf(folder, ["rev-parse", "--show-prefix"])).replace(/\n$/, "");
  } catch (error) {
    // Files can be compared where there is no repository, and no git.
    if (isExit(error)) return "";
    throw error;
  }
}

/** Opens a commit by any name that git knows. @throws ReviewFailure when there is no such commit here. */
export async function openCommit(folder: string, ref: string): Promise<Commit> {
  const sha = await revParse(folder, "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
  if (sha === null) {
    throw new ReviewFailure(
      `${quoted(ref)} is not a commit in this repository; in a shallow clone, fetch it first with git fetch origin <branch>`,
    );
  }
  const commit = sha.trim();
  const list = (...args: string[]) => git(folder, ["ls-tree", "-z", ...args]);
  const blob = async (file: string, entry: string) => {
    if (entry === "") return null;
    const id = /^(?:100644|100755) blob ([0-9a-f]+)\t/.exec(entry)?.[1];
    // What a link leads to is not in the commit, and what nobody reads must not look as if it was not there.
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
    readFromRoot: async (file) => blob(file, await list("--full-tree", commit, "--", file)),
  };
}

function namesIn(listed: string): string[] {
  return listed.split("\0").filter((name) => name !== "");
}

/** Null when it ends with 1, by which it says that there is no such thing; of other commands that is a failure. */
async function revParse(folder: string, ...args: readonly string[]): Promise<string | null> {
  try {
    return await outputOf(folder, ["rev-parse", ...args]);
  } catch (error) {
    if (isExit(error) && error.code === 1) return null;
    throw failureOf(folder, error);
  }
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  try {
    return await outputOf(folder, args);
  } catch (error) {
    throw failureOf(folder, error);
  }
}

async function outputOf(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", ["-C", folder, ...args], { maxBuffer: OUTPUT_MAX, env: environment() });
  return stdout;
}

function failureOf(folder: string, error: unknown): ReviewFailure {
  return new ReviewFailure(`git cannot be asked about ${folder}: ${reasonOf(error)}`);
}

/** The language of its messages is fixed, and it never asks for a password. */
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
  if (isExit(error) && error.code === "ENOENT") return "it is not installed";
  const said = isExit(error) ? String(error.stderr).trim().split("\n")[0] : "";
  return said?.replace(/^fatal: /, "") || "it failed";
}
