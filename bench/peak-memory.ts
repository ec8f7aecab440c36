import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Runs the work and watches the process of the dynamic provider that it starts in a folder.
 *
 * @returns what the work gives, and the most memory that the process ever held, in MiB; null where there is no /proc.
 */
export async function withPeakMemory<T>(
  folder: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: number | null }> {
  const done = new AbortController();
  const watch = peakOf(folder, done.signal);
  try {
    const result = await work();
    done.abort();
    return { result, peak: await watch };
  } finally {
    done.abort();
  }
}

async function peakOf(folder: string, signal: AbortSignal): Promise<number | null> {
  let peak: number | null = null;
  while (!signal.aborted) {
    const found = await highWaterMark(folder);
    if (found !== null) peak = Math.max(found, peak ?? 0);
    await wait(200);
  }
  return peak;
}

// The kernel keeps the highest value itself, so that looking now and then is enough.
async function highWaterMark(folder: string): Promise<number | null> {
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid) || !(await isProviderIn(folder, pid))) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
  }
  return null;
}

// A process may end while it is looked at, and those of others may not be looked at.
async function isProviderIn(folder: string, pid: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!/^node\0.*dynamic-provider/.test(command)) return false;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === folder;
}
