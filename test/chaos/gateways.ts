import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { plainEnvironment } from "../support/process/plain-environment";

const MAIN = path.resolve(__dirname, "../../gateway/dist/main.js");

/** A gateway that runs as a process of its own. */
export interface GatewayProcess {
  readonly endpoint: string;
  /** What it has written so far. */
  output(): string;
  isRunning(): boolean;
  /** Sends a signal and answers the exit code; null when the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

export interface GatewayPlace {
  /** The folder of gateway.yaml and of the snapshot. */
  readonly folder: string;
  readonly yaml: string;
  readonly env: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

/** Starts the built gateway and waits until it listens. */
export async function startGatewayProcess({ folder, yaml, env }: GatewayPlace): Promise<GatewayProcess> {
  writeFileSync(path.join(folder, "gateway.yaml"), yaml);
  const child = spawn(process.execPath, [MAIN, "start"], { cwd: folder, env: plainEnvironment(env) });
  running.add(child);
  let output = "";
  const closed = once(child, "close").finally(() => running.delete(child));
  const endpoint = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const [, found] = /"endpoint":"([^"]+)"/.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
    }
    child.on("close", (code) => reject(new Error(`the gateway ended with ${code}: ${output}`)));
  });
  return {
    endpoint,
    output: () => output,
    isRunning: () => running.has(child),
    stop: async (signal) => {
      child.kill(signal);
      const [code] = await closed;
      return code;
    },
  };
}

/** Ends what a failed test has left running. */
export function killGatewayProcesses(): void {
  for (const child of running) child.kill("SIGKILL");
}
