import { ReviewFailure } from "../review-failure";

/**
 * Writes to standard output, to the end. A reader that has closed it, like `head`, has seen enough.
 *
 * @throws ReviewFailure when the text cannot be written: half a report must not look like a whole one.
 */
export async function print(text: string): Promise<void> {
  const error = await new Promise<unknown>((resolve) => {
    try {
      process.stdout.write(text, resolve);
    } catch (thrown) {
      // A write to a file is synchronous.
      resolve(thrown);
    }
  });
  const code = codeOf(error);
  if (error && code !== "EPIPE") throw new ReviewFailure(`the output cannot be written (${code})`);
}

/** Why a file cannot be written, in a sentence. */
export function unwritable(file: string, error: unknown): ReviewFailure {
  return new ReviewFailure(`${file} cannot be written (${codeOf(error)})`);
}

/** Without a listener, a failed write ends the process before its exit code is set. */
export function surviveFailedWrites(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
