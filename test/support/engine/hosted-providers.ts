import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

let port: Promise<number> | undefined;

/**
 * Has the dynamic providers of commands served by a process that has loaded Pulumi already, each with the folder, the
 * environment and the modules that a process of its own would have.
 *
 * @returns the variables for these commands
 */
export async function hostProviders(): Promise<Record<string, string>> {
  port ??= startHost();
  const relay = path.join(__dirname, "provider-relay.cjs");
  return { NODE_OPTIONS: `--require=${JSON.stringify(relay)}`, TEST_PROVIDER_HOST: String(await port) };
}

async function startHost(): Promise<number> {
  const started: ChildProcess = fork(path.join(__dirname, "provider-host.ts"), {
    execArgv: ["--require", "ts-node/register"],
  });
  const [listening] = await once(started, "message");
  // It ends with this process, and does not keep it from ending.
  started.unref();
  started.channel?.unref();
  return listening;
}
