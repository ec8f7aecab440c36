import { setTimeout } from "node:timers/promises";

/** Resolves as soon as something has come about; gives up after `patience` milliseconds. */
export async function until(cameAbout: () => boolean | Promise<boolean>, patience = 5_000): Promise<void> {
  for (const end = Date.now() + patience; !(await cameAbout()); await setTimeout(5)) {
    if (Date.now() > end) throw new Error(`this did not come about: ${cameAbout}`);
  }
}
