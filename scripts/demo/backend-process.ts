import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { endProcesses } from "../processes";
import { runCommand } from "../pulumi-cli/run-command";

/** The backend's command from the package. */
const COMMAND = path.join(path.dirname(require.resolve("xtremepush-access-backend/package.json")), "dist/main.js");
const PATIENCE_MS = 60_000;

export interface BackendOptions {
  /** The folder for the data and the log. */
  readonly folder: string;
  /** Added to the environment: DATABASE_URL, XTREMEPUSH_ACCESS_ADMIN_TOKEN, … */
  readonly environment?: Readonly<Record<string, string>>;
  /** Lets it run on after this process. @default false */
  readonly keep?: boolean;
}

/** Runs the real backend command on a free port of this machine. It ends with this process, also when that is killed. */
export class BackendProcess {
  readonly endpoint: string;
  readonly pid: number;
  readonly folder: string;

  private constructor(endpoint: string, pid: number, folder: string) {
    this.endpoint = endpoint;
    this.pid = pid;
    this.folder = folder;
  }

  /** @throws Error with the log, when it does not listen within a minute. */
  static async start({ folder, environment = {}, keep = false }: BackendOptions): Promise<BackendProcess> {
    await mkdir(folder, { recursive: true });
    const log = path.join(folder, "backend.log");
    const file = await open(log, "w", 0o600);
    const args = [COMMAND, "start", "--port", "0", "--data-dir", path.join(folder, "data"), "--log-format", "json"];
    if (!keep) args.push("--exit-with-parent");
    const child = spawn(process.execPath, args, {
      detached: true,
      stdio: ["ignore", file.fd, file.fd],
      env: { ...process.env, ...environment },
    });
    await file.close();
    child.unref();
    return new BackendProcess(await listening(child, log), child.pid ?? 0, folder);
  }

  /** The file with the first admin's token. */
  get adminTokenFile(): string {
    return path.join(this.folder, "data", "admin-token");
  }

  /** The first admin's token, which the backend created. */
  async adminToken(): Promise<string> {
    return (await readFile(this.adminTokenFile, "utf8")).trim();
  }

  /** Stops the backend and waits until it has ended; kills it after ten seconds. */
  async stop(): Promise<void> {
    await endProcesses([this.pid], "SIGTERM");
  }
}

/**
 * Runs another command of the backend.
 *
 * @returns what it wrote to standard output
 * @throws Error with what it wrote, when it fails.
 */
export async function runBackendCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(process.execPath, [COMMAND, ...args], {
    env: environment,
    timeout: 60_000,
  });
  if (code === 0) return stdout;
  throw new Error(`xtremepush-access-backend ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
}

async function listening(child: ChildProcess, log: string): Promise<string> {
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const text = await readFile(log, "utf8");
    const endpoint = /"endpoint":"([^"]+)".*"msg":"listening"/.exec(text)?.[1];
    if (endpoint !== undefined) return endpoint;
    if (child.exitCode !== null) throw new Error(`the backend ended with ${child.exitCode}:\n${text}`);
    await Promise.race([wait(50), failed]);
  }
  child.kill("SIGKILL");
  throw new Error(`the backend does not listen after ${PATIENCE_MS / 1000} s:\n${await readFile(log, "utf8")}`);
}
