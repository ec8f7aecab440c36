import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { visible } from "xtremepush-access/text";
import { EnvironmentFailure, refusal } from "../environment-failure";

/** The longest message of git that is passed on, in code points. */
const MESSAGE_MAX = 300;
/** The names of a hundred thousand branches. */
const OUTPUT_MAX = 64 * 1024 * 1024;

/**
 * Reads the names of the branches that exist: of the remote `origin` with `true`, else of a file, or of standard input with `-`.
 *
 * @throws EnvironmentFailure when they cannot be read, or there is none: then every environment would be removed.
 */
export async function readBranches(folder: string, from: string | true): Promise<string[]> {
  const branches = from === true ? await remoteBranches(folder) : linesOf(await readNames(from));
  if (branches.length > 0) return branches;
  const where = from === true ? "the remote" : from === "-" ? "standard input" : visible(from);
  throw refusal(`${where} names no branch, so that every environment with a branch would be removed`);
}

async function remoteBranches(folder: string): Promise<string[]> {
  const options = {
    cwd: folder,
    // Nobody answers a question in a scheduled job.
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
    maxBuffer: OUTPUT_MAX,
  };
  try {
    // Without a name, git asks the remote of the current branch, which may be this folder.
    const { stdout } = await promisify(execFile)("git", ["ls-remote", "--heads", "--quiet", "origin"], options);
    return linesOf(stdout).flatMap((line) => /^\S+\s+refs\/heads\/(.+)$/.exec(line)?.[1] ?? []);
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    const [reason = "git cannot be started"] = linesOf(stderr).slice(-1);
    throw new EnvironmentFailure(
      `the branches of the remote cannot be listed: ${visible(reason, MESSAGE_MAX)}; name a file of branches, or - for standard input`,
    );
  }
}

async function readNames(from: string): Promise<string> {
  if (from === "-") return text(process.stdin);
  return readFile(from, "utf8").catch(() => {
    throw refusal(`${visible(from)} cannot be read; it is a file with the name of a branch on each line`);
  });
}

function linesOf(lines: string): string[] {
  return lines.split("\n").flatMap((line) => line.trim() || []);
}
