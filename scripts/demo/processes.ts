import { setTimeout as wait } from "node:timers/promises";
import { runCommand } from "../pulumi-cli/run-command";

const GRACE_MS = 10_000;

/** Asks processes to end, waits until they have, and kills those that have not after ten seconds. */
export async function endProcesses(pids: readonly number[], signal: NodeJS.Signals): Promise<void> {
  const end = Date.now() + GRACE_MS;
  let left = pids.filter((pid) => send(pid, signal));
  while (left.length > 0 && Date.now() < end) {
    await wait(50);
    left = left.filter((pid) => send(pid, 0));
  }
  for (const pid of left) send(pid, "SIGKILL");
}

/**
 * Ends all processes that this one has started, directly or through others, also those that are started meanwhile.
 *
 * The Pulumi CLI puts its plugins into process groups of their own, so that to end a group would leave some behind.
 */
export async function endDescendants(): Promise<void> {
  for (let pids = await descendants(); pids.length > 0; pids = await descendants()) {
    await endProcesses(pids, "SIGTERM");
  }
}

async function descendants(): Promise<number[]> {
  const { code, stdout, stderr } = await runCommand("ps", ["-A", "-o", "pid=,ppid=,comm="]);
  if (code !== 0) throw new Error(`ps could not list the processes: ${stderr}`);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const found = [process.pid];
  for (const parent of found) {
    for (const [pid, ppid, command] of rows) {
      // The list holds the ps that makes it.
      if (Number(ppid) === parent && command !== "ps") found.push(Number(pid));
    }
  }
  return found.slice(1);
}

/** False when there is no such process any more. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
