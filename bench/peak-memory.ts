import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Runs the work and watches the dynamic provider process that it starts in a folder.
 *
 * @returns the result of the work, and the peak memory of the process in MiB; null without /proc.
 */
export async function withPeakMemory<T>(
  folder: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: number | null }> {
  const done = new AbortController();
  const watch = readPeak(folder, done.signal);
  try {
    const result = await work();
    done.abort();
    return { result, peak: await watch };
  } finally {
    done.abort();
  }
}

async function readPeak(folder: string, signal: AbortSignal): Promise<number | null> {
  let peak: number | null = null;
  while (!signal.aborted) {
    const found = await highWaterMark(folder);
    if (found !== null) peak = Math.max(found, peak ?? 0);
    await wait(200);
  }
  return peak;
}

// The kernel keeps the peak itself, so it is enough to look now and then.
async function highWaterMark(folder: string): Promise<number | null> {
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid) || !(await isProviderIn(folder, pid))) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
  }
  return null;
}

// A process may end meanwhile, and the processes of other users are not readable.
async function isProviderIn(folder: string, pid: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!/^node\0.*dynamic-provider/.test(command)) return false;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === folder;
}
