/** What a command ends with: 2 means that it was refused before any request and any change. */
export const EXIT_CODES = { done: 0, failed: 1, refused: 2 } as const;

/** Why an environment cannot be handled, in one sentence for people: where, what, and what to do. */
export class EnvironmentFailure extends Error {
  override readonly name = "EnvironmentFailure";
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 when it is refused before any request and any change. */
  constructor(message: string, exitCode: 1 | 2 = EXIT_CODES.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A failure that is found before any request and any change. */
export function refusal(message: string): EnvironmentFailure {
  return new EnvironmentFailure(message, EXIT_CODES.refused);
}
