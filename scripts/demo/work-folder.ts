import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { endDescendants } from "../processes";

const WORK = path.resolve(__dirname, "../../.work");
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface WorkFolderOptions {
  /** The first part of the folder's name. */
  readonly name: string;
  /** Keeps the folder, and everything that still runs, after a success. @default false */
  readonly keep?: boolean;
}

/**
 * Runs the work in its own folder in the repo, where packages resolve. At the end, even after a failure or a signal, it
 * ends every process that was started and removes the folder.
 */
export async function inWorkFolder<T>(options: WorkFolderOptions, work: (folder: string) => Promise<T>): Promise<T> {
  const { name, keep = false } = options;
  await mkdir(WORK, { recursive: true });
  const folder = await mkdtemp(path.join(WORK, `${name}-`));
  const interrupted = clearOnSignals(folder);
  try {
    const result = await work(folder);
    if (!keep) await clear(folder);
    return result;
  } catch (error) {
    // After a signal the work fails; the signal's handler cleans up and then ends this process.
    if (interrupted.aborted) return new Promise(() => {});
    await clear(folder);
    throw error;
  }
}

async function clear(folder: string): Promise<void> {
  await endDescendants();
  await rm(folder, { recursive: true, force: true });
}

/** A second signal ends the process at once, as it would without a handler. */
function clearOnSignals(folder: string): AbortSignal {
  const interruption = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    for (const name of SIGNALS) process.removeListener(name, stop);
    interruption.abort();
    process.stderr.write(`\nStopping on ${signal}: ending all processes and removing the folder.\n`);
    clear(folder).then(
      () => process.kill(process.pid, signal),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const name of SIGNALS) process.on(name, stop);
  return interruption.signal;
}
