/** What a command ends with: 2 means that it was refused before anything started. */
export const EXIT_CODES = { done: 0, failed: 1, refused: 2 } as const;

/** Stops a command with one sentence for the person who ran it: what, where, and what to do. */
export class GatewayFailure extends Error {
  override readonly name = "GatewayFailure";
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 when it is refused before anything started. */
  constructor(message: string, exitCode: 1 | 2 = EXIT_CODES.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A failure that is found before anything started. */
export function refusal(message: string): GatewayFailure {
  return new GatewayFailure(message, EXIT_CODES.refused);
}

/** The code of a failed system call, `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error";
}
