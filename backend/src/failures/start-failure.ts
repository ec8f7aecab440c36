/** Stops a command with one sentence for the person who ran it; exit code 2 means invalid usage. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
