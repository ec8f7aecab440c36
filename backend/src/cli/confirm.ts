import { createInterface } from "node:readline/promises";
import { StartFailure } from "../failures/start-failure";

/**
 * Asks at a terminal whether to go on, unless `yes`.
 *
 * @param what - What happens, as the end of a sentence.
 * @throws StartFailure for any other answer than yes, and where nobody can answer.
 */
export async function confirm(what: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!(process.stdin.isTTY && process.stderr.isTTY)) {
    throw new StartFailure(`Nothing was changed. Add --yes to ${what}.`, 2);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Type yes to ${what}: `).finally(() => terminal.close());
  if (answer.trim() !== "yes") throw new StartFailure("Nothing was changed.");
}
