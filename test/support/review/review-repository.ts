import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { plainEnvironment } from "../process/plain-environment";
import { temporaryFolder } from "../process/temporary-folder";

const ROOT = path.resolve(__dirname, "../../..");
const MAIN = path.join(ROOT, "review/dist/main.js");

export interface ReviewResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A git repository with a Pulumi program, on the branch `main`; `removeTemporaryFolders` takes it away. */
export interface ReviewRepository {
  readonly folder: string;
  write(file: string, content: string): void;
  /** Commits everything. */
  commit(message: string): void;
  git(...args: string[]): string;
  /** Runs `xtremepush-access-review`, with no environment but PATH and what is given. */
  review(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<ReviewResult>;
}

/** Opens a repository whose program is called `access` and finds the packages of this project. */
export function openReviewRepository(): ReviewRepository {
  const folder = temporaryFolder();
  const environment = { PATH: process.env["PATH"] ?? "" };
  const identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"];
  const git = (...args: string[]) =>
    execFileSync("git", [...identity, ...args], { cwd: folder, env: environment, encoding: "utf8" });
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  };
  git("init", "--quiet", "--initial-branch=main");
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  write(".gitignore", "node_modules\n");
  write("Pulumi.yaml", "name: access\nruntime: nodejs\n");
  write("Pulumi.prod.yaml", "config: {}\n");
  write("package.json", '{ "name": "access", "main": "index.ts" }\n');
  // Checking the types is most of what reading a program takes, and Pulumi leaves it out then.
  write("tsconfig.json", '{ "compilerOptions": { "module": "nodenext", "types": ["node"], "noCheck": true } }\n');
  return {
    folder,
    write,
    git,
    commit: (message) => {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", message);
    },
    review: (args, more = {}) => runReview(folder, args, more),
  };
}

/** Runs `xtremepush-access-review` in a folder, with no environment but PATH and what is given. */
export function runReview(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReviewResult> {
  return runNode(folder, [MAIN, ...args], environment);
}

/** The same with no network but loopback: a command that asks for more ends with 99, were it to go on without an answer. */
export function runReviewOffline(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReviewResult> {
  const preload = path.join(temporaryFolder(), "offline.js");
  const guard = JSON.stringify(path.join(ROOT, "review/dist/program/child/no-network.js"));
  writeFileSync(preload, `require(${guard}).onRefusedConnection(() => process.exit(99));\n`);
  return runNode(folder, ["--require", preload, MAIN, ...args], environment);
}

async function runNode(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ReviewResult> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: plainEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

/** A program with these clients, each with a grant. */
export function reviewProgram(
  clients: readonly { resource: string; name: string; permissions: readonly string[] }[],
): string {
  const lines = clients.flatMap(({ resource, name, permissions }) => [
    `const ${resource} = new ApiClient("${resource}", { name: ${JSON.stringify(name)} });`,
    `new ScopeGrant("${resource}", { client: ${resource}, permissions: ${JSON.stringify(permissions)} });`,
  ]);
  return ['import { ApiClient, ScopeGrant } from "pulumi-xtremepush";', "", ...lines, ""].join("\n");
}
