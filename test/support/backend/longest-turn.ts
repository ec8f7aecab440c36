import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Measures the longest turn of the event loop while some work runs, in milliseconds of CPU time of this thread: so long did
 * nothing else get its turn. On a busy machine the clock would also count the turns of other processes.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let isRunning = true;
  const end = work().finally(() => {
    isRunning = false;
  });
  let longest = 0;
  for (let before = process.threadCpuUsage(); isRunning; before = process.threadCpuUsage()) {
    await nextTurn();
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, user + system);
  }
  await end;
  return longest / 1_000;
}
