import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type Finished, runCommand } from "../../../scripts/pulumi-cli/run-command";

const MAIN = join(__dirname, "../../../provider/dist/cli/main.js");

type Variables = Readonly<Record<string, string>>;

/** Runs a command of the built provider to its end, with these XTREMEPUSH_ variables and no others. */
export function runProviderCommand(args: readonly string[], variables: Variables = {}): Promise<Finished> {
  return runCommand(process.execPath, [MAIN, ...args], { env: environmentOf(variables) });
}

/** Starts such a command, to interrupt it. */
export function startProviderCommand(args: readonly string[], variables: Variables = {}): ChildProcess {
  const env = { ...process.env, ...environmentOf(variables) };
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: "ignore" });
}

function environmentOf(variables: Variables): Record<string, string> {
  return {
    XTREMEPUSH_ENDPOINT: "",
    XTREMEPUSH_PROJECT: "",
    XTREMEPUSH_TOKEN: "",
    XTREMEPUSH_OWNER: "",
    ...variables,
  };
}
