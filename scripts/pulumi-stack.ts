import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { accessEnvironment } from "./access-environment";
import { copyEmptyStack, type EmptyStack, readEmptyStack } from "./empty-stack";
import { processTable } from "./processes";
import { ensurePulumiCli } from "./pulumi-cli/ensure-pulumi-cli";
import { type Finished, runCommand } from "./pulumi-cli/run-command";

const ROOT = path.resolve(__dirname, "..");
const PROJECT = "name: programs\nruntime: nodejs\n";
const RUNS_THE_PROGRAM: readonly string[] = ["up", "preview"];

export interface PulumiStackOptions {
  /** Added to the environment of each command, as `accessEnvironment` makes it. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The folder in which the stack gets its own folder; packages resolve from there upward.
   * @default `.work` in the repo
   */
  readonly under?: string;
  /** Maximum time of one command, in milliseconds. @default 120000 */
  readonly timeout?: number;
  /** The text of Pulumi.yaml. @default a Node.js project `programs` */
  readonly project?: string;
  /** Runs programs and dynamic providers in place of the processes that a command starts. @default none */
  readonly host?: StackHost;
}

/** Processes that have loaded Pulumi already, and serve one command after another. */
export interface StackHost {
  /** Serves a program to one command; returns the address for the CLI's `--client`. */
  serveProgram(program: { readonly folder: string; readonly environment: NodeJS.ProcessEnv }): Promise<string>;
  /** Serves the dynamic providers of the commands that have these variables. */
  serveProviders(): Promise<Readonly<Record<string, string>>>;
}

/** The output of a CLI command, both streams in one string, and its exit code. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

/** A CLI command that runs in its own process group. */
export interface RunningCommand {
  /** Its output until the end; the code is null when it was killed. */
  readonly finished: Promise<CommandResult>;
  /** The ID of the group and of the CLI's own process; 0 until it has started. */
  group(): number;
  /** Kills the whole process group (SIGKILL) and waits until it has ended; the provider is in a group of its own. */
  kill(): Promise<void>;
}

/** A Pulumi program with its own stack, on the real CLI, offline, with its state in the same folder. */
export class PulumiStack {
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly #how: Pick<PulumiStackOptions, "host" | "timeout">;

  private constructor(
    folder: string,
    environment: Record<string, string>,
    how: Pick<PulumiStackOptions, "host" | "timeout">,
  ) {
    this.folder = folder;
    this.environment = environment;
    this.#how = how;
  }

  /** Creates the folder, the state and the stack `dev`; the program is written with {@link write}. */
  static async open(options: PulumiStackOptions): Promise<PulumiStack> {
    const { under = path.join(ROOT, ".work"), project = PROJECT } = options;
    await mkdir(under, { recursive: true });
    const folder = await mkdtemp(path.join(under, "stack-"));
    cli ??= ensurePulumiCli({ report: () => {} });
    const { binDir } = await cli;
    const stack = new PulumiStack(folder, { ...environmentFor(folder, binDir), ...options.environment }, options);
    await mkdir(path.join(folder, "state"));
    await stack.write("Pulumi.yaml", project);
    await stack.write("package.json", `${JSON.stringify({ name: "programs", main: "index.js" })}\n`);
    await stack.#init(options);
    return stack;
  }

  /** The same program and stack with more environment variables. */
  with(environment: Readonly<Record<string, string>>): PulumiStack {
    return new PulumiStack(this.folder, { ...this.environment, ...environment }, this.#how);
  }

  /** Writes a file of the program, such as `index.js`. */
  async write(file: string, text: string): Promise<void> {
    await writeFile(path.join(this.folder, file), text);
  }

  /** Runs a command of the CLI. */
  async run(...args: string[]): Promise<CommandResult> {
    const client = await this.#clientFor(args);
    const env = { ...this.environment, ...(await this.#how.host?.serveProviders()) };
    return output(await runCommand("pulumi", [...args, ...client, "--non-interactive"], { ...this.#options, env }));
  }

  /** Starts a command in its own process group, so that it can be killed with its children; no host serves it. */
  start(...args: string[]): RunningCommand {
    let group = 0;
    const onGroup = (id: number) => {
      group = id;
    };
    const finished = runCommand("pulumi", [...args, "--non-interactive"], { ...this.#options, onGroup });
    return {
      finished: finished.then(output),
      group: () => group,
      async kill() {
        const hosts = (await processTable()).filter(({ ppid, command }) => ppid === group && isLanguageHost(command));
        process.kill(-group, "SIGKILL");
        await finished;
        // It has its own group, and would notice only after minutes.
        for (const { pid } of hosts) process.kill(-pid, "SIGKILL");
      },
    };
  }

  /**
   * Runs a command that must succeed.
   *
   * @returns what it printed
   * @throws Error with what it printed, when it fails.
   */
  async succeed(...args: string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /**
   * Runs a command that must fail.
   *
   * @returns what it printed
   * @throws Error with what it printed, when it succeeds.
   */
  async fail(...args: string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    if (code === 0) throw new Error(`pulumi ${args.join(" ")} succeeded:\n${output}`);
    return output;
  }

  /** The whole state as text, with encrypted secrets. */
  async exported(): Promise<string> {
    return this.succeed("stack", "export");
  }

  get #options() {
    return { cwd: this.folder, env: this.environment, timeout: this.#how.timeout ?? 120_000 };
  }

  async #clientFor([command = ""]: readonly string[]): Promise<string[]> {
    if (this.#how.host === undefined || !RUNS_THE_PROGRAM.includes(command)) return [];
    const environment = { ...process.env, ...this.environment };
    return [`--client=${await this.#how.host.serveProgram({ folder: this.folder, environment })}`];
  }

  /** Each process asks the CLI for one stack and copies it, which saves a third of a second of CPU time for each other. */
  async #init({ project = PROJECT, environment }: PulumiStackOptions): Promise<void> {
    const init = () => this.succeed("stack", "init", "dev");
    const isUsual = project === PROJECT && !Object.keys(environment).some((name) => name.startsWith("PULUMI_"));
    if (!isUsual) {
      await init();
    } else if (emptyStack === undefined) {
      emptyStack = init().then(() => readEmptyStack(this.folder));
      await emptyStack;
    } else {
      await copyEmptyStack(await emptyStack, this.folder);
    }
  }

  /** Removes the folder with program and state; it does not destroy the resources. */
  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

let emptyStack: Promise<EmptyStack> | undefined;

// One for all stacks of the process, whose secrets a copied stack keeps under the same key.
const PASSPHRASE = randomBytes(16).toString("hex");

// The search asks the CLI for its version, which would take half a second for each stack.
let cli: ReturnType<typeof ensurePulumiCli> | undefined;

/** Keeps the CLI offline and away from the user's state, plugins and login. */
function environmentFor(folder: string, binDir: string): Record<string, string> {
  return {
    PATH: [binDir, path.join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(path.delimiter),
    PULUMI_HOME: path.join(folder, "home"),
    // Without this the CLI also writes an attributes file beside the state, later. A kill in between leaves that file
    // empty, and then no command can read the state (attrs.go in fileblob of gocloud.dev).
    PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
    // Each process of the CLI would write megabytes of coverage, and c8 would have to read them all.
    NODE_V8_COVERAGE: "",
    ...accessEnvironment({}),
  };
}

function isLanguageHost(command: string): boolean {
  return command.includes("pulumi-language-");
}

function output({ code, stdout, stderr }: Finished): CommandResult {
  return { code, output: [stdout, stderr].filter((text) => text !== "").join("\n") };
}
