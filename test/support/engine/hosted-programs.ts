import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { HostedProgram } from "./program-host";

let host: ChildProcess | undefined;

/**
 * Has the program of a stack run by a process that has loaded Pulumi already, which halves what a command costs.
 *
 * Commands run one after another: the environment is that of the whole process.
 *
 * @returns the address for the CLI's `--client`, for one command
 */
export async function hostProgram(program: HostedProgram): Promise<string> {
  host ??= startHost();
  host.send(program);
  const [address] = await once(host, "message");
  return address;
}

function startHost(): ChildProcess {
  const started = fork(path.join(__dirname, "program-host.ts"), { execArgv: ["--require", "ts-node/register"] });
  // It ends with this process, and does not keep it from ending.
  started.unref();
  started.channel?.unref();
  return started;
}
