import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

/** The signals that an operator or a terminal sends to end a program. */
const PASSED_ON = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;

/**
 * Runs this program again as a child, passes signals on, and answers its exit code: what process 1 of a container does.
 *
 * The kernel drops the signals that process 1 sends itself, so its watchdog cannot end it, and those for which it has no
 * handler, so nothing would stop it while it starts.
 */
export async function runAsChild(): Promise<number> {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  // A terminal sends its signals to all processes of its group: in one of its own, the child receives each once.
  const child = spawn(process.execPath, args, { stdio: "inherit", detached: true });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  // Exactly one of the two is null.
  const [code, signal] = (await once(child, "exit")) as [number, null] | [null, NodeJS.Signals];
  // A shell reports a signal in the same way.
  return signal === null ? code : 128 + constants.signals[signal];
}
