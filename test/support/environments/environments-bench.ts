import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Finished, runCommand } from "../../../scripts/pulumi-cli/run-command";
import { PulumiStack } from "../../../scripts/pulumi-stack";

const MAIN = path.resolve(__dirname, "../../../environments/dist/main.js");

/** A program with environments, in a folder of its own, whose state is beside it. */
export interface EnvironmentsBench {
  readonly folder: string;
  /** The PATH of the runs. */
  readonly path: string;
  write(file: string, text: string): void;
  read(file: string): string;
  /** Runs `xtremepush-access-env`. */
  run(...args: readonly string[]): Promise<Finished>;
  /** Runs it and gives its process group, for a test that kills it. */
  start(args: readonly string[], environment: Readonly<Record<string, string>>): Killable;
  /** Runs a command that must succeed, and reads its JSON. */
  json(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** A run in a process group of its own. */
export interface Killable {
  readonly finished: Promise<Finished>;
  /** Kills the whole group (SIGKILL). */
  kill(): Promise<void>;
}

/** Opens a folder for a program; nobody is logged in to a state there. */
export async function openEnvironmentsBench(
  environment: Readonly<Record<string, string>>,
  /** How long a run may take, in milliseconds. */
  timeout = 240_000,
): Promise<EnvironmentsBench> {
  // It brings the CLI and what keeps it offline; its own stack is not used.
  const stack = await PulumiStack.open({ environment });
  const folder = path.join(stack.folder, "program");
  mkdirSync(folder);
  const own = { HOME: folder, PULUMI_HOME: path.join(folder, "home"), PULUMI_BACKEND_URL: "" };
  const options = (more = {}) => ({ cwd: folder, env: { ...stack.environment, ...own, ...more }, timeout });
  const run = (...args: readonly string[]) => runCommand(process.execPath, [MAIN, ...args], options());
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
  write("Pulumi.yaml", "name: programs\nruntime: nodejs\n");
  write("package.json", '{ "name": "programs", "main": "index.js" }\n');
  return {
    folder,
    path: stack.environment["PATH"] ?? "",
    write,
    read: (file) => readFileSync(path.join(folder, file), "utf8"),
    run,
    start(args, more) {
      let group = 0;
      const onGroup = (id: number) => {
        group = id;
      };
      const finished = runCommand(process.execPath, [MAIN, ...args], { ...options(more), onGroup });
      return {
        finished,
        async kill() {
          process.kill(-group, "SIGKILL");
          await finished;
        },
      };
    },
    async json(...args) {
      const { code, stdout, stderr } = await run(...args, "--json");
      if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
      return JSON.parse(stdout);
    },
    async close() {
      rmSync(folder, { recursive: true, force: true });
      await stack.close();
    },
  };
}
