import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/** The processes of Node.js that a command of the CLI starts, by their command lines; both run in the stack's folder. */
const PROCESSES = {
  /** Runs the program. */
  program: /^[^\0]*\bnode\0.*@pulumi\/pulumi\/cmd\/run(?:\/index\.js)?\0/,
  /** Runs the handlers. */
  handlers: /^node\0.*dynamic-provider/,
} as const;

/** The peak memory of each process in MiB; null where it did not run, and without /proc. */
export type Peaks = Readonly<Record<keyof typeof PROCESSES, number | null>>;

/** Runs the work and watches the processes that it starts in a folder. */
export async function withPeakMemory<T>(
  folder: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peaks: Peaks }> {
  const done = new AbortController();
  const watch = readPeaks(folder, done.signal);
  try {
    const result = await work();
    done.abort();
    return { result, peaks: await watch };
  } finally {
    done.abort();
  }
}

async function readPeaks(folder: string, signal: AbortSignal): Promise<Peaks> {
  const peaks: Record<keyof Peaks, number | null> = { program: null, handlers: null };
  while (!signal.aborted) {
    for (const [name, found] of await highWaterMarks(folder)) peaks[name] = Math.max(found, peaks[name] ?? 0);
    await wait(200);
  }
  return peaks;
}

// The kernel keeps the peak itself, so it is enough to look now and then.
async function highWaterMarks(folder: string): Promise<[keyof Peaks, number][]> {
  const found: [keyof Peaks, number][] = [];
  for (const pid of await readdir("/proc").catch(() => [])) {
    const name = /^\d+$/.test(pid) ? await processIn(folder, pid) : undefined;
    if (name === undefined) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes !== undefined) found.push([name, Math.round(Number(kibibytes) / 1024)]);
  }
  return found;
}

// A process may end meanwhile, and the processes of other users are not readable.
async function processIn(folder: string, pid: string): Promise<keyof Peaks | undefined> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  // The names of a constant object are known.
  const name = (Object.keys(PROCESSES) as (keyof Peaks)[]).find((one) => PROCESSES[one].test(command));
  if (name === undefined) return undefined;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === folder ? name : undefined;
}
