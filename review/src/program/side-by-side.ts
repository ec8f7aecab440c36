import { availableParallelism } from "node:os";

/** Each program takes a processor and a few hundred megabytes. */
const AT_ONCE_MAX = 4;

/** Starts a task for each item, as many at once as the machine has processors, and returns the results in their order. */
export function sideBySide<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<Result>[] {
  const atOnce = Math.min(AT_ONCE_MAX, availableParallelism());
  const results: Promise<Result>[] = [];
  let failure: Promise<Result> | null = null;
  for (const [index, item] of items.entries()) {
    const before: Promise<unknown> = results[index - atOnce] ?? Promise.resolve();
    // Nothing starts after a failure: what is left fails with it.
    const result = before.then(() => failure ?? task(item));
    // Whoever awaits a result handles its failure. Until then it must not end the process.
    result.catch(() => {
      failure ??= result;
    });
    results.push(result);
  }
  return results;
}
