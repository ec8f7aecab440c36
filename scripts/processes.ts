import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { runCommand } from "./pulumi-cli/run-command";

const GRACE_MS = 10_000;

/** Asks processes to end, waits for them, and kills those that still run after ten seconds. */
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
 * Ends all processes that this one started, directly or through others, including those that start meanwhile.
 *
 * The Pulumi CLI starts its plugins in their own process groups, so ending one group would leave some behind.
 */
export async function endDescendants(): Promise<void> {
  for (let pids = await descendants(); pids.length > 0; pids = await descendants()) {
    await endProcesses(pids, "SIGTERM");
  }
}

async function descendants(): Promise<number[]> {
  const rows = await processTable();
  const found = [process.pid];
  for (const parent of found) {
    for (const { pid, ppid } of rows) if (ppid === parent) found.push(pid);
  }
  return found.slice(1);
}

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly command: string;
}

/** All processes of the machine. On Linux it reads /proc, because small images have no `ps`. */
export async function processTable(): Promise<ProcessRow[]> {
  return process.platform === "linux" ? tableOfProc() : tableOfPs();
}

async function tableOfProc(): Promise<ProcessRow[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(pids.map(rowOfProc));
  return rows.filter((row) => row !== null);
}

async function rowOfProc(pid: string): Promise<ProcessRow | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
    // The name in brackets may contain brackets and spaces; the state and the parent follow the last bracket.
    const [state, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; it only waits until its parent reads its exit code.
    if (state === "Z") return null;
    return { pid: Number(pid), ppid: Number(ppid), command: command.replaceAll("\0", " ").trim() };
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ESRCH")) return null;
    throw error;
  }
}

async function tableOfPs(): Promise<ProcessRow[]> {
  const { code, stdout, stderr } = await runCommand("ps", ["-A", "-o", "pid=,ppid=,args="]);
  if (code !== 0) throw new Error(`ps could not list the processes: ${stderr}`);
  const rows = stdout.split("\n").map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  return rows
    .map(([, pid, ppid, command = ""]) => ({ pid: Number(pid), ppid: Number(ppid), command }))
    .filter(({ command }) => !command.startsWith("ps -A"));
}

/** False when the process no longer exists. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
