import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { endProcesses } from "../processes";

/** The gateway's command from the package. */
const COMMAND = path.join(path.dirname(require.resolve("xtremepush-access-gateway/package.json")), "dist/main.js");

export interface GatewayProcessOptions {
  /** The folder for its file, its snapshot and its log. */
  readonly folder: string;
  /** The text of gateway.yaml. */
  readonly file: string;
  /** The secrets that the file names. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Runs the real gateway command. It ends with this process, also when that is killed. */
export class GatewayProcess {
  readonly endpoint: string;
  readonly #child: ChildProcess;

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#child = child;
  }

  /** @throws Error with the log, when it ends before it listens. */
  static async start({ folder, file, secrets }: GatewayProcessOptions): Promise<GatewayProcess> {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "gateway.yaml"), file);
    const log = path.join(folder, "gateway.log");
    const output = await open(log, "w", 0o600);
    const child = fork(COMMAND, ["start", "--exit-with-parent"], {
      ...{ cwd: folder, env: { ...process.env, ...secrets }, execArgv: [], detached: true },
      stdio: ["ignore", output.fd, output.fd, "ipc"],
    });
    await output.close();
    const [said] = await Promise.race([once(child, "message"), once(child, "exit").then(() => [undefined])]);
    if (said === undefined) throw new Error(`the gateway ended:\n${await readFile(log, "utf8")}`);
    // Its first message; only the endpoint is used.
    return new GatewayProcess((said as { listening: { endpoint: string } }).listening.endpoint, child);
  }

  /** Stops the gateway and waits until it has ended; kills it after ten seconds. */
  async stop(): Promise<void> {
    await endProcesses([this.#child.pid ?? 0], "SIGTERM");
  }
}
