import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { ensurePulumiCli } from "../../../scripts/pulumi-cli/ensure-pulumi-cli";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";
import { PULUMI_VERSION } from "../../../scripts/pulumi-cli/wanted-version";
import { PulumiStack } from "../../../scripts/pulumi-stack";
import { readmeBlock } from "../docs/readme";
import { freePort } from "../process/free-port";

const ROOT = path.resolve(__dirname, "../../..");

/** A Pulumi project of a user, in a folder outside of the repo, made by the commands of the README. */
export class PackedProject {
  readonly #folder: string;
  readonly #stack: PulumiStack;
  readonly #port: number;
  #backend: ChildProcess | undefined;

  private constructor(folder: string, stack: PulumiStack, port: number) {
    this.#folder = folder;
    this.#stack = stack;
    this.#port = port;
  }

  /** Makes the folder, with the README's program and an empty stack. */
  static async open(): Promise<PackedProject> {
    const folder = await mkdtemp(path.join(tmpdir(), "xtremepush-access-"));
    const port = await freePort();
    const stack = await PulumiStack.open({ under: folder, environment: { XTREMEPUSH_ACCESS_PORT: String(port) } });
    await rm(path.join(stack.folder, "package.json"));
    await stack.write("Pulumi.yaml", "name: my-access\nruntime: nodejs\n");
    await stack.write("tsconfig.json", await readFile(path.join(ROOT, "examples/quickstart/tsconfig.json"), "utf8"));
    await stack.write("index.ts", readmeBlock("ts", "new ScopeGrant("));
    await stack.succeed("stack", "init", "dev");
    await giveToLauncher(path.join(stack.folder, "home"));
    return new PackedProject(folder, stack, port);
  }

  /** Packs the packages in the clone and installs them here. */
  async install(): Promise<void> {
    const [pack = "", _copy, initialize = "", install = ""] = readmeBlock("sh", "npm run pack").split("\n");
    await this.#shell(ROOT, pack.replace("../access-packages", path.join(this.#folder, "access-packages")));
    await this.#shell(this.#stack.folder, initialize.replace("cd ../my-access && ", ""));
    await this.#shell(this.#stack.folder, install);
  }

  /** Runs commands of the installed packages. */
  async review(...commands: readonly string[]): Promise<string> {
    return this.#shell(this.#stack.folder, commands.map((command) => `npx --no-install ${command}`).join("\n"));
  }

  /** Starts the packed backend. */
  async startBackend(): Promise<void> {
    const command = readmeBlock("sh", "xtremepush-access-backend start");
    this.#backend = spawn("bash", ["-c", command], {
      cwd: this.#stack.folder,
      env: { ...process.env, ...this.#stack.environment },
      stdio: "ignore",
      detached: true,
    });
    for (const end = Date.now() + 60_000; !(await this.#isReady()); await setTimeout(100)) {
      if (Date.now() > end) throw new Error("the packed backend did not start");
    }
  }

  /** Runs the README's commands that end in `pulumi up`, and then more. */
  async update(...more: readonly string[]): Promise<string> {
    const commands = readmeBlock("sh", "pulumi up")
      .replace("127.0.0.1:8420", `127.0.0.1:${this.#port}`)
      .replace("pulumi up", "pulumi up --yes");
    return this.#shell(this.#stack.folder, [commands, ...more].join("\n"));
  }

  async close(): Promise<void> {
    // npx runs the backend as a process of its own, so the signal goes to the whole group.
    if (this.#backend?.pid !== undefined) process.kill(-this.#backend.pid, "SIGTERM");
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.#port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async #shell(cwd: string, script: string): Promise<string> {
    const { environment: env } = this.#stack;
    const { code, stdout, stderr } = await runCommand("bash", ["-ec", script], { cwd, env, timeout: 240_000 });
    if (code !== 0) throw new Error(`this ended with ${code}:\n${script}\n${stdout}\n${stderr}`);
    return `${stdout}\n${stderr}`;
  }
}

/** Puts this machine's CLI where the npm package `pulumi` looks for what it has downloaded, so that it starts that one. */
async function giveToLauncher(pulumiHome: string): Promise<void> {
  const { binDir } = await ensurePulumiCli({ report: () => {} });
  const download = path.join(pulumiHome, "versions", PULUMI_VERSION);
  await mkdir(download, { recursive: true });
  await symlink(binDir, path.join(download, "bin"));
}
