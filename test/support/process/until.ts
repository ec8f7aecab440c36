import { setTimeout } from "node:timers/promises";

/** Resolves as soon as something has come about; gives up after five seconds. */
export async function until(cameAbout: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5_000; !(await cameAbout()); await setTimeout(5)) {
    if (Date.now() > end) throw new Error(`this did not come about: ${cameAbout}`);
  }
}
