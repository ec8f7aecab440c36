import { createInterface } from "node:readline";
import { StartFailure } from "../failures/start-failure";

/** Where a question is asked and answered. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks at a terminal whether to go on, unless `yes`.
 *
 * @param what - What happens, as the end of a sentence.
 * @throws StartFailure for any other answer than yes, and where nobody can answer.
 */
export async function confirm(
  what: string,
  yes: boolean,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (yes) return;
  if (!(input.isTTY && output.isTTY)) throw new StartFailure(`Nothing was changed. Add --yes to ${what}.`, 2);
  const terminal = createInterface({ input, output });
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D close it without an answer.
    terminal.once("close", () => resolve(""));
    terminal.question(`Type yes to ${what}: `, resolve);
  });
  terminal.close();
  if (answer.trim() !== "yes") throw new StartFailure("Nothing was changed.");
}
