import type { Progress } from "../pulumi/progress";

/** How a command that changes an environment runs. */
export interface RunOptions {
  readonly progress: Progress;
  /** How long it waits for another run that is changing the environment, in milliseconds. */
  readonly waitMs: number;
}
