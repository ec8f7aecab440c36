import { spawn } from "node:child_process";

/** A command of the Pulumi CLI that failed. It holds what was printed as errors, and never what was printed as a result. */
export class PulumiError extends Error {
  override readonly name = "PulumiError";
  readonly stderr: string;
  /** How the process ended: `exit code 255`, `SIGKILL`. */
  readonly end: string;

  constructor(stderr: string, end: string) {
    super("a command of Pulumi failed");
    this.stderr = stderr;
    this.end = end;
  }
}

/** The CLI could not be started. */
export class NoPulumiError extends Error {
  override readonly name = "NoPulumiError";
}

/** What is known of a command that ended. */
interface Ended {
  readonly code: number | null;
  /** The same for people, also of a process that was killed. */
  readonly end: string;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The Pulumi CLI for one program.
 *
 * The Automation API starts the same commands. It takes a second to load, starts three more commands after each update, reads the
 * configuration into its summary and selects the stack, so an update took 1.75 times as long as `pulumi up`.
 */
export class PulumiCli {
  readonly #folder: string;
  readonly #variables: Readonly<Record<string, string>>;

  /** @param variables are added to the environment. */
  constructor(folder: string, variables: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#variables = variables;
  }

  /** The same CLI with more variables in the environment. */
  with(variables: Readonly<Record<string, string>>): PulumiCli {
    return new PulumiCli(this.#folder, { ...this.#variables, ...variables });
  }

  /**
   * Runs a command to its end and returns its standard output, which may hold secrets.
   *
   * @throws PulumiError when it fails, NoPulumiError when there is no CLI.
   */
  async run(...args: readonly string[]): Promise<string> {
    const { code, end, stdout, stderr } = await this.attempt(...args);
    if (code === 0) return stdout;
    throw new PulumiError(stderr, end);
  }

  /**
   * Runs a command that changes a stack, whose output is for people: what that says of errors counts, too.
   *
   * @throws PulumiError when it fails, NoPulumiError when there is no CLI.
   */
  async change(...args: readonly string[]): Promise<void> {
    const { code, end, stdout, stderr } = await this.attempt(...args);
    if (code === 0) return;
    const shown = stdout.match(/^ *error: .+$/gm) ?? [];
    throw new PulumiError([stderr, ...shown.map((line) => line.trim())].join("\n"), end);
  }

  /** The same for a command whose output is read when it fails, too. @throws NoPulumiError when there is no CLI. */
  async attempt(...args: readonly string[]): Promise<Ended> {
    const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.#folder,
      // Without the second one, there is no --event-log.
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DEBUG_COMMANDS: "true", ...this.#variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // A terminal interrupts the CLI itself. It then ends in order, and so does this process.
    const wait = () => undefined;
    const stop = () => child.kill("SIGINT");
    process.on("SIGINT", wait);
    process.on("SIGTERM", stop);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    try {
      const [code, end] = await new Promise<[number | null, string]>((resolve, reject) => {
        child.once("error", () => reject(new NoPulumiError("the Pulumi CLI cannot be started")));
        child.once("close", (code, signal) => resolve([code, signal ?? `exit code ${code}`]));
      });
      return { code, end, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
    } finally {
      process.off("SIGINT", wait);
      process.off("SIGTERM", stop);
    }
  }
}
