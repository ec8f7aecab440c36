/** What stops a command, as one sentence for the person who typed it; 2 means that the call itself was wrong. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
